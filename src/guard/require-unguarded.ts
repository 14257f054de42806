// While a guarded change is under way, nothing else may change what it would take back.
import { SavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { isAbandoned } from '../composition.js';
import type { Session } from '../session.js';
import { findActive, type Guarded, guardJournal } from './guard-journal.js';

/** Throws LOCKED where a change is guarded, unless it is `own`; RECOVERY_NEEDED where nobody is left who watches it. */
export async function requireUnguarded(session: Session, own?: OperationId): Promise<void> {
  const guarded = await findActive(session.store);
  if (guarded === undefined || guarded.begin.id === own) return;
  const { begin, last } = guarded;
  if (last.state === 'armed' && isAbandoned(begin.process, Date.parse(begin.startedAt))) {
    await guardJournal.advance(session.store, guarded, { state: 'dropped', reason: NEVER_BEGAN });
    return;
  }
  const isSeenTo = last.state === 'armed' || (await guardJournal.isWatched(session.store, begin));
  throw isSeenTo ? locked(guarded) : unwatched(guarded);
}

export const NEVER_BEGAN = 'its process ended before the change began';

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
