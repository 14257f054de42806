// Garbage collection in two phases, while others read and write. The first marks packs that nothing needs; the second,
// after a grace period, removes those that still nothing needs. No lock is taken: who begins to write after a mark can be
// seen does not build upon what it names, and the second phase waits for those who had begun before.
import { openSoundIndex } from '../index/open-sound-index.js';
import type { Store } from '../store.js';
import { type CollectContext, type PackTotal, totalOf } from './collect-context.js';
import { readMarkedPacks, readMarks } from './garbage-files.js';
import { completeMarks, type Marked, markGarbage } from './mark-garbage.js';
import { forgetGravestones, isDue, sweepMark } from './sweep-garbage.js';

export interface CollectOptions {
  /** How long a mark has to stand before its packs are removed. */
  readonly graceMs: number;
  /** Rewrite every pack in which something is not needed, not only those of which a good part isn't. */
  readonly full?: boolean;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly signal?: { readonly aborted: boolean; readonly reason: unknown };
}

export interface CollectResult extends Marked {
  readonly dryRun: boolean;
  readonly removed: PackTotal;
  /** Points that can't be recovered any more. */
  readonly removedPoints: number;
  /** Marked packs that wait: for the grace period to end, or for a write that began before they were marked. */
  readonly waiting: PackTotal;
}

/**
 * Throws OBJECT_MISSING, BLOCK_CORRUPT, … where what the points need can't be told; then nothing is removed. Safe to
 * repeat and to interrupt at any instant, and beside another one.
 */
export async function collectGarbage(store: Store, options: CollectOptions): Promise<CollectResult> {
  const { graceMs, full = false, dryRun = false, signal } = options;
  const context: CollectContext = { store, graceMs, full, signal, nowMs: (options.now ?? Date.now)() };
  if (!dryRun) await completeMarks(context);
  const marked = await markGarbage(context, dryRun);
  let [packs, bytes, removedPoints] = [0, 0, 0];
  for (const mark of dryRun ? [] : await readMarks(store)) {
    if (!(await isDue(context, mark))) continue;
    const swept = await sweepMark(context, mark);
    packs += swept.packs;
    bytes += swept.bytes;
    removedPoints += swept.points;
  }
  if (!dryRun) await forgetGravestones(context);
  return { dryRun, ...marked, removed: { packs, bytes }, removedPoints, waiting: await countWaiting(store) };
}

async function countWaiting(store: Store): Promise<PackTotal> {
  const marked = await readMarkedPacks(store);
  const { index } = await openSoundIndex(store);
  const sizes = [...marked].map((id) => index.state.packs.get(id)).filter((size) => size !== undefined);
  return totalOf(sizes);
}
