// A rollback for when things are bad: without a configuration, to the latest point that is known to be good, or else the
// latest that can be read. The rest is a rollback like any other: safety point, journal, undo.
import { SavepointError } from '../../store/errors.js';
import { listPoints } from '../list.js';
import { listPins } from '../pins.js';
import type { Point } from '../points.js';
import type { Session } from '../session.js';
import { isUnreadable } from '../unreadable.js';
import { type RollbackOptions, type RollbackResult, rollback } from './rollback.js';

/**
 * Goes to the latest point that was healthy when it was saved or is pinned; where there is none, or what it needs is lost,
 * to the next best. Throws POINT_NOT_FOUND where there are no points, and else what `rollback` throws.
 */
export async function emergencyRollback(
  session: Session,
  options: RollbackOptions = {},
): Promise<RollbackResult> {
  const candidates = await listCandidates(session);
  for (const [index, point] of candidates.entries()) {
    try {
      // Better file by file than not at all.
      return await rollback(session, point.id, { ...options, swapIfPossible: true });
    } catch (error) {
      if (!isUnreadable(error) || index === candidates.length - 1) throw error;
    }
  }
  throw new SavepointError(
    'POINT_NOT_FOUND',
    'The store has no point that can be read: there is nowhere to go.',
  );
}

/** The best first: known to be good, then the others, each from the latest on. */
async function listCandidates(session: Session): Promise<Point[]> {
  const pins = await listPins(session);
  const points = (await listPoints(session)).filter(({ damaged }) => damaged === undefined).reverse();
  const isGood = ({ health, id }: Point) => health === 'healthy' || pins.has(id);
  return [...points.filter(isGood), ...points.filter((point) => !isGood(point))];
}
