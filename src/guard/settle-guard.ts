// Ends a guarded change in a final state: that is written down, and entered into the operation log, once.
import { isSavepointError } from '../../store/errors.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import type { Session } from '../session.js';
import { dropBallast } from './ballast.js';
import { type Guarded, guardJournal } from './guard-journal.js';
import { type FinalPhase, isFinal, type RollbackTrigger } from './guard-record.js';

/** Answers false where the change is no longer in the state that `guarded` says. */
export async function settleGuard(session: Session, guarded: Guarded, phase: FinalPhase): Promise<boolean> {
  if (!(await guardJournal.advance(session, guarded, phase))) return false;
  dropBallast(session);
  await enter(session, guarded, phase);
  return true;
}

/** Enters a change that is over into the log, unless somebody has, or is about to. */
export async function logSettled(session: Session, { begin, last }: Guarded): Promise<void> {
  if (isFinal(last)) await enter(session, { begin, last }, last);
}

/** Who has the claim enters it; who takes the claim over from a process that is gone looks first whether that did. */
async function enter(session: Session, { begin }: Guarded, phase: FinalPhase): Promise<void> {
  const claim = await guardJournal.claimLog(session, begin);
  if (claim === undefined || (!claim.isFirst && (await isEntered(session, begin.id)))) return;
  const { id, startedAt, user, host, command, components, point, fingerprint } = begin;
  await openOperationLog(session.store).append({
    ...{ id, kind: 'guard', startedAt, user, host, components, before: point, fingerprint },
    command: ['guard', ...command],
    seconds: Math.max(0, Date.now() - Date.parse(startedAt)) / 1000,
    ...outcomeOf(phase),
  });
}

/** In a log that can't be read it counts as entered: better not at all than again and again. */
async function isEntered(session: Session, id: string): Promise<boolean> {
  try {
    return (await openOperationLog(session.store).read()).some((entry) => entry.id === id);
  } catch (error) {
    if (isSavepointError(error, 'LOG_CORRUPT')) return true;
    throw error;
  }
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
      const { components } = phase;
      const message =
        components === undefined ? phase.reason : `${components.join(', ')} went back: ${phase.reason}`;
      return { outcome: phase.state, message, ...quarantined };
    }
  }
}

/** That somebody took it back, or that it was cut short, says nothing of what it led to. */
const SAYS_BAD: readonly RollbackTrigger[] = [
  ...(['failure', 'timeout', 'service', 'critical-log', 'corruption', 'unconfirmed', 'reboot'] as const),
];
