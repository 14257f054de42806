// Ends a guarded change in a final state: that is written down, and entered into the operation log.
import { openOperationLog } from '../../store/operations/operation-log.js';
import { isAbandoned } from '../composition.js';
import { findLogged } from '../rollback/end-operation.js';
import type { Session } from '../session.js';
import { type Guarded, guardJournal } from './guard-journal.js';
import { type FinalPhase, isFinal, type RollbackTrigger } from './guard-record.js';

/** Answers false where the change is no longer in the state that `guarded` says. */
export async function settleGuard(session: Session, guarded: Guarded, phase: FinalPhase): Promise<boolean> {
  if (!(await guardJournal.advance(session.store, guarded, phase))) return false;
  await logGuard(session, guarded, phase);
  return true;
}

/** Enters a change that is over into the log, where who ended it was ended before it could. */
export async function logSettled(session: Session, { begin, last }: Guarded): Promise<void> {
  if (!isFinal(last) || !isAbandoned(last.by, Date.parse(last.at))) return;
  if ((await findLogged(session, begin.id)) === undefined) await logGuard(session, { begin, last }, last);
}

async function logGuard(session: Session, { begin }: Guarded, phase: FinalPhase): Promise<void> {
  const { id, startedAt, user, host, command, components, point, fingerprint } = begin;
  await openOperationLog(session.store).append({
    ...{ id, kind: 'guard', startedAt, user, host, components, before: point, fingerprint },
    command: ['guard', ...command],
    seconds: Math.max(0, Date.now() - Date.parse(startedAt)) / 1000,
    ...outcomeOf(phase),
  });
}

function outcomeOf(phase: FinalPhase) {
  switch (phase.state) {
    case 'confirmed':
      return {
        outcome: 'done',
        ...(phase.confirmedBy && { message: `confirmed by ${phase.confirmedBy}` }),
      } as const;
    case 'dropped':
      return { outcome: 'failed', message: phase.reason } as const;
    default: {
      const quarantined = SAYS_BAD.includes(phase.trigger) ? ({ quarantined: true } as const) : {};
      return { outcome: phase.state, message: phase.reason, ...quarantined };
    }
  }
}

/** That somebody took it back, or that it was cut short, says nothing of what it led to. */
const SAYS_BAD: readonly RollbackTrigger[] = [
  ...(['failure', 'timeout', 'service', 'critical-log', 'corruption', 'unconfirmed', 'reboot'] as const),
];
