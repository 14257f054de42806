// Applies a retention policy: says of each point whether it is kept, and why, and removes the others. Removed points can
// be recovered until garbage collection has taken their packs.
import { Reachable, storedBytesOf } from '../../store/collect/reachable.js';
import { openSoundIndex } from '../../store/index/open-sound-index.js';
import type { ObjectId } from '../../store/object-id.js';
import type { RetentionPolicy } from '../configuration/configuration.js';
import { findActive } from '../guard/guard-journal.js';
import { journal } from '../journal/journal.js';
import { listPoints } from '../list.js';
import { listPins } from '../pins.js';
import { listAllPointRefs, type Point, pointRefs, readPoint, SAFETY_POINTS } from '../points.js';
import { removePoints } from '../removed-points.js';
import { requireIdle } from '../rollback/begin-operation.js';
import type { Session } from '../session.js';
import { chooseKept, type RetentionContext, type RetentionDecision } from './choose-kept.js';

export interface RetainOptions {
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface RetainedPoints {
  readonly dryRun: boolean;
  /** Of each point, oldest first, safety points behind the others. */
  readonly decisions: readonly {
    readonly point: Point;
    readonly keep: boolean;
    /** Why it is kept, or dropped. */
    readonly reasons: readonly string[];
  }[];
}

/** Throws LOCKED or RECOVERY_NEEDED where an operation is under way, and what reading throws; then nothing is removed. */
export async function retain(
  session: Session,
  policy: RetentionPolicy,
  options: RetainOptions = {},
): Promise<RetainedPoints> {
  const startedAt = new Date();
  const dryRun = options.dryRun ?? false;
  if (!dryRun) await requireIdle(session);
  const context = {
    ...{ policy, nowMs: startedAt.getTime(), pinned: await listPins(session) },
    needed: await neededByOperations(session),
  };
  const ordinary = decide(await listPoints(session), context);
  const safety = decide(await listSafetyPoints(session), { ...context, policy: ofSafetyPoints(policy) });
  const all = [...ordinary, ...safety];
  const tooLarge = await findTooLarge(session, all, { maxBytes: policy.maxBytes, signal: options.signal });
  const decisions = all.map(({ point, reasons }) => {
    if (tooLarge.has(point.id)) return { point, keep: false, reasons: ['older, and the store is too large'] };
    return { point, keep: reasons.length > 0, reasons: reasons.length > 0 ? reasons : ['no rule keeps it'] };
  });
  const dropped = decisions.filter(({ keep }) => !keep).map(({ point }) => point);
  if (!dryRun && dropped.length > 0) {
    await removePoints(session, dropped, { startedAt, command: options.command ?? ['retain'] });
  }
  return { dryRun, decisions };
}

/** What a damaged point says of itself is not known: it stays, until somebody removes it by hand. */
function decide(points: readonly Point[], context: RetentionContext): RetentionDecision<Point>[] {
  const sound = new Map(
    chooseKept(
      points.filter(({ damaged }) => damaged === undefined),
      context,
    ).map((decision) => [decision.point.id, decision]),
  );
  return points.map((point) => sound.get(point.id) ?? { point, reasons: [DAMAGED], isProtected: false });
}

const DAMAGED = 'damaged: nobody knows what it holds';

/** They are what `undo` goes back to: only their age and number count. */
function ofSafetyPoints(policy: RetentionPolicy): RetentionPolicy {
  return { ...policy, keepPerComponent: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 };
}

async function listSafetyPoints(session: Session): Promise<Point[]> {
  const reader = await session.store.openReader();
  const points: Point[] = [];
  for (const ref of pointRefs(await session.store.refs.read(), SAFETY_POINTS))
    points.push(await readPoint(session, reader, ref));
  return points;
}

/** The target and the safety point of the operation in the journal, and what a guarded change goes back to. */
async function neededByOperations(session: Session): Promise<Set<ObjectId>> {
  const state = await journal.read(session.store);
  const guarded = await findActive(session);
  const ids = [
    ...(state === undefined ? [] : [state.begin.target.id]),
    ...Object.values(state?.plans ?? {}).map(({ safety }) => safety.id),
    ...(guarded === undefined ? [] : [guarded.begin.point.id]),
  ];
  const refs = await listAllPointRefs(session);
  return new Set(refs.map(({ id }) => id).filter((id) => ids.includes(id)));
}

/** The kept points, but protected ones, that are too much: those that are needed first count first, then the newest. */
async function findTooLarge(
  session: Session,
  decisions: readonly RetentionDecision<Point>[],
  { maxBytes, signal }: { readonly maxBytes: number | undefined; readonly signal: AbortSignal | undefined },
): Promise<Set<ObjectId>> {
  const tooLarge = new Set<ObjectId>();
  if (maxBytes === undefined) return tooLarge;
  const { index } = await openSoundIndex(session.store);
  let bytes = 0;
  const counted = new Reachable(session.store, index, {
    onObject: (_, location) => {
      bytes += storedBytesOf(location);
    },
    ...(signal === undefined ? {} : { signal }),
  });
  const kept = decisions.filter(({ reasons }) => reasons.length > 0 && !reasons.includes(DAMAGED)).reverse();
  for (const { point } of kept.filter(({ isProtected }) => isProtected)) await counted.add(point.id);
  for (const { point } of kept.filter(({ isProtected }) => !isProtected)) {
    if (bytes <= maxBytes) await counted.add(point.id);
    if (bytes > maxBytes) tooLarge.add(point.id);
  }
  return tooLarge;
}
