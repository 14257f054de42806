// While a guarded change is under way, nothing else may change what it would take back.
import { SavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import type { Session } from '../session.js';
import { findActive, type Guarded, guardJournal, isMakerGone } from './guard-journal.js';
import { settleGuard } from './settle-guard.js';

export const NEVER_BEGAN = 'its process ended before the change began';

/** Throws LOCKED where a change is guarded, unless it is `own`; RECOVERY_NEEDED where nobody is left who sees to it. */
export async function requireUnguarded(session: Session, own?: OperationId): Promise<void> {
  const guarded = await findActive(session);
  if (guarded === undefined || guarded.begin.id === own) return;
  const { begin, last } = guarded;
  const isGone = await isMakerGone(session, begin);
  if (last.state === 'armed' && isGone) {
    await settleGuard(session, guarded, { state: 'dropped', reason: NEVER_BEGAN });
    return;
  }
  const isMaking = (last.state === 'armed' || last.state === 'running') && !isGone;
  throw isMaking || (await guardJournal.isWatched(session, begin)) ? locked(guarded) : unwatched(guarded);
}

function locked({ begin, last }: Guarded): SavepointError {
  const isTrial = last.state === 'trial';
  const remedy = isTrial
    ? "'savepoint confirm' keeps it, 'savepoint cancel' takes it back"
    : "Wait until it has ended, or take it back by 'savepoint cancel'";
  return new SavepointError(
    'LOCKED',
    `A guarded change is ${isTrial ? 'on trial' : last.state} since ${last.at}: '${begin.command.join(' ')}', by ${begin.user}. ${remedy}.`,
    { fields: { operation: begin.id, state: last.state, startedAt: begin.startedAt } },
  );
}

function unwatched({ begin, last }: Guarded): SavepointError {
  return new SavepointError(
    'RECOVERY_NEEDED',
    `The guarded change '${begin.command.join(' ')}', begun ${begin.startedAt}, was left ${last.state} by a crash. Run 'savepoint recover' first: it takes the change back.`,
    { fields: { operation: begin.id, state: last.state, startedAt: begin.startedAt } },
  );
}
