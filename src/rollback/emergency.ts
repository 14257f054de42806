// A rollback for when things are bad: without a configuration, to the latest point that is known to be good, or else the
// latest that can be read. The rest is a rollback like any other: safety point, journal, undo.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { listPoints } from '../list.js';
import { listPins } from '../pins.js';
import type { Point } from '../points.js';
import type { Session } from '../session.js';
import { isUnreadable } from '../unreadable.js';
import { type RollbackResult, rollback } from './rollback.js';
import type { RollbackOptions } from './rollback-options.js';

/** Which points will do. */
export interface EmergencyOptions extends RollbackOptions {
  /** Only one that was healthy or is pinned. */
  readonly onlyGood?: boolean;
  /** Only one that has all of these components. */
  readonly holding?: readonly string[];
}

/**
 * Goes to the latest point that was healthy when it was saved or is pinned; where there is none, or what it needs is lost,
 * the last rollback to it had to be taken back, or it brings commands from elsewhere, to the next best. Throws POINT_NOT_FOUND where there are no points, and else what `rollback` throws.
 */
export async function emergencyRollback(
  session: Session,
  options: EmergencyOptions = {},
): Promise<RollbackResult> {
  const candidates = await listCandidates(session, options);
  for (const [index, point] of candidates.entries()) {
    try {
      // Better file by file than not at all.
      return await rollback(session, point.id, { ...options, swapIfPossible: true });
    } catch (error) {
      const isPassedOver = isUnreadable(error) || isSavepointError(error, 'QUARANTINED', 'UNTRUSTED');
      if (!isPassedOver || index === candidates.length - 1) throw error;
    }
  }
  throw new SavepointError(
    'POINT_NOT_FOUND',
    options.onlyGood === true
      ? 'The store has no point that is known to be good: there is nowhere to go.'
      : 'The store has no point that can be read: there is nowhere to go.',
  );
}

/** The best first: known to be good, then the others, each from the latest on. */
async function listCandidates(
  session: Session,
  { onlyGood = false, holding = [] }: EmergencyOptions,
): Promise<Point[]> {
  const pins = await listPins(session);
  const points = (await listPoints(session)).filter(({ damaged }) => damaged === undefined).reverse();
  const isGood = ({ health, id }: Point) => health === 'healthy' || pins.has(id);
  const all = [...points.filter(isGood), ...points.filter((point) => !onlyGood && !isGood(point))];
  return all.filter(({ components }) => holding.every((name) => components.includes(name)));
}
