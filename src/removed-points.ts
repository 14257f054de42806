// Removing points, and getting them back: a removed point is one that a ref says so of. What only it needs goes with the
// next garbage collections, and until then nothing of it is lost.
import { REMOVED } from '../store/collect/collect-context.js';
import { isSavepointError, SavepointError } from '../store/errors.js';
import { findActive } from './guard/guard-journal.js';
import { logDone } from './log-operation.js';
import { nearestNames } from './nearest-names.js';
import {
  findPoints,
  listRemovedRefs,
  PINS,
  type Point,
  type PointRef,
  readPoint,
  requireNotLive,
} from './points.js';
import { requireIdle } from './rollback/begin-operation.js';
import type { Session } from './session.js';

export interface RemoveOptions {
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
}

/** Removes the points that `texts` name. Throws POINT_NOT_FOUND, POINT_PINNED, LOCKED; then none of them is removed. */
export async function forgetPoints(
  session: Session,
  texts: readonly string[],
  options: RemoveOptions = {},
): Promise<Point[]> {
  const startedAt = new Date();
  await requireIdle(session);
  const points = await findPoints(session, texts);
  await removePoints(session, points, { startedAt, command: options.command ?? ['forget', ...texts] });
  return points;
}

/** All of `points` or none, and logs it. Throws POINT_PINNED, and REF_MOVED where somebody else was faster. */
export async function removePoints(
  session: Session,
  points: readonly PointRef[],
  by: { readonly startedAt: Date; readonly command: readonly string[] },
): Promise<void> {
  const { refs } = await session.store.refs.read();
  const pinned = points.filter(({ id }) => refs.has(PINS + id));
  if (pinned.length > 0) throw pinnedPoint(pinned.map(({ name }) => name));
  const guarded = await findActive(session);
  const needed = points.find(({ id }) => id === guarded?.begin.point.id);
  if (needed !== undefined) throw neededPoint(needed.name);
  const changes = points.flatMap(({ id }) => [
    { name: REMOVED + id, expected: undefined, value: id },
    // It must not be pinned in between.
    { name: PINS + id, expected: undefined, value: undefined },
  ]);
  await session.store.refs.update(changes);
  const message = `removed ${points.map(({ name }) => name).join(', ')}`;
  await logDone(session, { ...by, kind: 'forget', components: [], outcome: 'done', message });
}

function pinnedPoint(names: readonly string[]): SavepointError {
  return new SavepointError(
    'POINT_PINNED',
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} pinned: 'savepoint unpin' comes before that. Nothing was removed.`,
    { fields: { points: names } },
  );
}

function neededPoint(name: string): SavepointError {
  return new SavepointError(
    'LOCKED',
    `${name} is what the guarded change goes back to: confirm that or cancel it first. Nothing was removed.`,
    { fields: { point: name } },
  );
}

/** The points that are removed and can still be recovered, oldest first. */
export async function listRemovedPoints(session: Session): Promise<Point[]> {
  const reader = await session.store.openReader();
  const points: Point[] = [];
  for (const ref of await listRemovedRefs(session)) points.push(await readPoint(session, reader, ref));
  return points;
}

/**
 * Brings back the removed point with this name, or the start of this id. Throws POINT_NOT_FOUND, AMBIGUOUS_NAME, and
 * REF_MOVED where it has just gone for good.
 */
export async function recoverPoint(
  session: Session,
  text: string,
  options: RemoveOptions = {},
): Promise<Point> {
  const startedAt = new Date();
  const ref = findRemoved(await listRemovedRefs(session), text);
  const point = await readPoint(session, await session.store.openReader(), ref);
  try {
    await session.store.refs.update([{ name: REMOVED + ref.id, expected: ref.id, value: undefined }]);
  } catch (error) {
    if (!isSavepointError(error, 'REF_MOVED')) throw error;
    throw notRemoved(text, []);
  }
  await logDone(session, {
    ...{ kind: 'recover-point', startedAt, command: options.command ?? ['recover-point', text] },
    ...{ components: [], outcome: 'done', after: { name: point.name, id: point.id } },
  });
  return point;
}

function findRemoved(refs: readonly PointRef[], text: string): PointRef {
  const isId = /^[0-9a-f]{4,64}$/.test(text);
  const found = refs.filter(({ name, id }) => name === text || (isId && id.startsWith(text)));
  if (found.length === 1) return found[0];
  if (found.length === 0)
    throw notRemoved(
      text,
      refs.map(({ name }) => name),
    );
  throw new SavepointError(
    'AMBIGUOUS_NAME',
    `'${text}' means ${found.length} removed points. Give more digits of the id: ${found.map(({ id }) => id.slice(0, 12)).join(', ')}.`,
    { fields: { point: text, candidates: found.map(({ id }) => id) } },
  );
}

function notRemoved(text: string, names: readonly string[]): SavepointError {
  requireNotLive(text);
  const nearest = nearestNames(text, names);
  const hint = nearest.length > 0 ? ` Did you mean ${nearest.join(' or ')}?` : '';
  return new SavepointError(
    'POINT_NOT_FOUND',
    `There is no removed point '${text}' that could be recovered.${hint} 'savepoint list --removed' shows those there are.`,
    { fields: { point: text, nearest } },
  );
}
