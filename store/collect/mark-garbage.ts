// The first phase of a garbage collection: marks packs that nothing needs. Of packs of which a good part is not needed,
// the rest is written anew, so that they can go as well.
import { isSavepointError } from '../errors.js';
import { openSoundIndex } from '../index/open-sound-index.js';
import { publishSegment } from '../index/publish-segment.js';
import { copyPacks } from '../merge/copy-packs.js';
import {
  type CollectContext,
  findNeeded,
  type PackTotal,
  readContents,
  removedIds,
  totalOf,
} from './collect-context.js';
import { createMark, type GarbageMark, readMarks, replaceMark } from './garbage-files.js';
import type { Reachable } from './reachable.js';

/** From this share on that is not needed, a pack is written anew. */
const REWRITE_SHARE = 0.2;

export interface Marked {
  /** Packs that nothing needs by now, and their bytes; those that were written anew among them. */
  readonly marked: PackTotal;
  /** Packs of which a part was not needed, and that were written anew without it. */
  readonly rewritten: number;
}

/** Marks what nothing needs and no mark names yet; with `dryRun` it only says what that is. */
export async function markGarbage(context: CollectContext, dryRun: boolean): Promise<Marked> {
  const { store, full } = context;
  // Read before the index: what a point needs is in the index before there is a ref.
  const state = await store.refs.read();
  const { index } = await openSoundIndex(store);
  const marks = await readMarks(store);
  const known = new Set(marks.flatMap(({ packs }) => packs));
  const gone = removedIds(state);
  const needed = await findNeeded(context, { state, index, counts: (id) => !gone.has(id) });
  const garbage = new Map<string, number>();
  let rewritten = 0;
  for (const [id, sizeBytes] of index.state.packs) {
    if (known.has(id)) continue;
    const share = await neededShare(context, id, needed);
    if (share === 1 || (share > 1 - REWRITE_SHARE && !full)) continue;
    if (share > 0) {
      if (!dryRun && !(await rewrite(context, id, needed))) continue;
      rewritten++;
    }
    garbage.set(id, sizeBytes);
  }
  const named = new Set(marks.flatMap(({ removed }) => removed));
  const removed = [...gone].filter((id) => !named.has(id));
  if (!dryRun && garbage.size + removed.length > 0) {
    const mark = { markedAtMs: context.nowMs, packs: [...garbage.keys()], removed };
    await noteWriters(context, await createMark(store, mark));
  }
  return { marked: totalOf([...garbage.values()]), rewritten };
}

/** Completes marks whose collection was interrupted. */
export async function completeMarks(context: CollectContext): Promise<void> {
  for (const mark of await readMarks(context.store)) {
    if (mark.writers === undefined) await noteWriters(context, mark);
  }
}

/** Whoever is not among these begins to write with the mark before their eyes. */
async function noteWriters({ store, nowMs }: CollectContext, mark: GarbageMark): Promise<void> {
  await replaceMark(store, { ...mark, markedAtMs: nowMs, writers: await store.backend.listWriters() });
}

/** Of the records of a pack, by their lengths; 1 where it can't be read. */
async function neededShare(context: CollectContext, packId: string, needed: Reachable): Promise<number> {
  let [all, some] = [0, 0];
  for (const { id, lengthBytes } of (await readContents(context, packId)) ?? []) {
    all += lengthBytes;
    if (needed.has(id)) some += lengthBytes;
  }
  return all === 0 ? 1 : some / all;
}

/** Answers false where the pack can't be read whole: it stays. */
async function rewrite({ store }: CollectContext, packId: string, needed: Reachable): Promise<boolean> {
  try {
    const copies = await copyPacks(store, [packId], {
      wants: (id) => needed.has(id),
      idSalt: store.platform.randomHex(8),
    });
    await publishSegment(store, copies);
    return true;
  } catch (error) {
    if (isSavepointError(error, 'PACK_MISSING', 'PACK_CORRUPT', 'BLOCK_CORRUPT')) return false;
    throw error;
  }
}
