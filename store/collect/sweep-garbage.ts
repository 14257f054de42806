// The second phase of a garbage collection: removes what was marked a grace period ago, as far as nothing has come to
// need it. Points that were removed before the mark go with it.
import { isSavepointError } from '../errors.js';
import type { ObjectIndex } from '../index/object-index.js';
import { openSoundIndex } from '../index/open-sound-index.js';
import { openPacksOf, replaceSegments } from '../merge/rewrite-segments.js';
import { packName } from '../pack/pack-writer.js';
import {
  type CollectContext,
  findNeeded,
  type PackTotal,
  readContents,
  removedIds,
  totalOf,
} from './collect-context.js';
import {
  createGravestone,
  type GarbageMark,
  listGravestones,
  readGravestone,
  readMarkedPacks,
  removeGravestone,
  removeMark,
} from './garbage-files.js';
import type { Reachable } from './reachable.js';

/** So long a pack that is gone is remembered: nobody holds an index open for longer. */
const GRAVESTONE_MS = 7 * 24 * 3600 * 1000;

export interface Swept extends PackTotal {
  /** Points that can't be recovered any more. */
  readonly points: number;
}

/** Whether the grace period is over, and with it every write that began before the mark could be seen. */
export async function isDue(
  { store, nowMs, graceMs }: CollectContext,
  { markedAtMs, writers }: GarbageMark,
): Promise<boolean> {
  if (writers === undefined || nowMs - markedAtMs < graceMs) return false;
  const alive = await store.backend.listWriters();
  return !writers.some((name) => alive.includes(name));
}

/** Removes what `mark` names and nothing needs; what something needs is marked no more. */
export async function sweepMark(context: CollectContext, mark: GarbageMark): Promise<Swept> {
  const { store, nowMs } = context;
  // Those of this mark count as marked whoever else is sweeping it: two packs must not stand in for each other.
  const marked = new Set([...mark.packs, ...(await readMarkedPacks(store))]);
  const points = await dropRefs(context, mark);
  const state = await store.refs.read();
  const { index } = await openSoundIndex(store);
  const needed = await findNeeded(context, { state, index, counts: () => true });
  const gone = new Map<string, number>();
  for (const id of mark.packs) {
    const sizeBytes = index.state.packs.get(id);
    if (sizeBytes !== undefined && !(await isNeeded(context, id, { needed, index, marked })))
      gone.set(id, sizeBytes);
  }
  for (const id of gone.keys()) await createGravestone(store, id, nowMs);
  await leaveOut(context, index, new Set(gone.keys()));
  for (const id of gone.keys()) await store.backend.remove(packName(id));
  await removeMark(store, mark);
  return { ...totalOf([...gone.values()]), points };
}

/** Points that somebody recovered meanwhile keep what they need. */
async function dropRefs({ store }: CollectContext, { removed }: GarbageMark): Promise<number> {
  let dropped = 0;
  for (const id of removed) {
    const state = await store.refs.read();
    if (!removedIds(state).has(id)) continue;
    const refs = [...state.refs].filter(([, ref]) => ref.id === id);
    try {
      await store.refs.update(refs.map(([name]) => ({ name, expected: id, value: undefined })));
      dropped++;
    } catch (error) {
      if (!isSavepointError(error, 'REF_MOVED')) throw error;
    }
  }
  return dropped;
}

/** Whether something that is needed stands in the pack, and nowhere else that stays. */
async function isNeeded(
  context: CollectContext,
  packId: string,
  state: {
    readonly needed: Reachable;
    readonly index: ObjectIndex;
    readonly marked: ReadonlySet<string>;
  },
): Promise<boolean> {
  const { needed, index, marked } = state;
  const contents = await readContents(context, packId);
  if (contents === undefined) return true;
  return contents.some(
    ({ id }) =>
      needed.has(id) && !index.findAllLoaded(id).some((place) => !place.missing && !marked.has(place.packId)),
  );
}

/** The index says no more of packs that go; where others rewrite it too, their gravestones say it. */
async function leaveOut(
  { store }: CollectContext,
  index: ObjectIndex,
  without: ReadonlySet<string>,
): Promise<void> {
  const segments = index.state.segments.filter(
    ({ name, front }) => name.startsWith('index/') && front.packs.some(({ id }) => without.has(id)),
  );
  if (segments.length === 0) return;
  try {
    await replaceSegments(store, segments, await openPacksOf(store, { segments, index, without }));
  } catch (error) {
    if (!isSavepointError(error, 'PACK_MISSING', 'PACK_CORRUPT', 'BLOCK_CORRUPT')) throw error;
  }
}

/** Packs whose removal was interrupted are removed; gravestones that nothing names any more, in time. */
export async function forgetGravestones({ store, nowMs }: CollectContext): Promise<void> {
  const { packs } = await listGravestones(store);
  if (packs.size === 0) return;
  const { index } = await openSoundIndex(store);
  const named = new Set(index.state.segments.flatMap(({ front }) => front.packs.map(({ id }) => id)));
  for (const id of packs) {
    await store.backend.remove(packName(id));
    const ageMs = nowMs - (await readGravestone(store, id));
    if (ageMs > GRAVESTONE_MS && !named.has(id)) await removeGravestone(store, id);
  }
}
