// Ends a guarded change that nobody sees to any more, after a crash or a restart: what is not confirmed goes back.
import { isAbandoned } from '../composition.js';
import type { Session } from '../session.js';
import { readBootId } from './boot-clock.js';
import { findActive, findGuarded, type Guarded, guardJournal } from './guard-journal.js';
import type { FinalPhase, GuardBegin, GuardPhase } from './guard-record.js';
import { NEVER_BEGAN } from './require-unguarded.js';
import { revertGuard } from './revert-guard.js';
import { logSettled, settleGuard } from './settle-guard.js';

export interface RecoveredGuard {
  readonly id: GuardBegin['id'];
  readonly command: readonly string[];
  readonly point: GuardBegin['point'];
  readonly state: FinalPhase['state'];
  readonly reason?: string;
}

/** Answers `undefined` where there is nothing to be done, be it that others see to it. */
export async function recoverGuard(session: Session): Promise<RecoveredGuard | undefined> {
  const last = await guardJournal.read(session.store);
  if (last !== undefined) await logSettled(session, last);
  const guarded = await findActive(session.store);
  if (guarded === undefined) return undefined;
  const { begin } = guarded;
  const isCarriedOn = isInHand(guarded) || !(await guardJournal.watch(session.store, begin));
  if (isCarriedOn) return undefined;
  const phase = await endWithout(session, guarded);
  if (phase === undefined) return undefined;
  const { id, command, point } = begin;
  const reason = 'reason' in phase ? { reason: phase.reason } : {};
  return { id, command, point, state: phase.state, ...reason };
}

/** Whether the process that makes the change lives: it starts a new watchdog by itself. */
function isInHand({ begin, last }: Guarded): boolean {
  const isMaking = last.state === 'armed' || last.state === 'running';
  return isMaking && !isAbandoned(begin.process, Date.parse(begin.startedAt));
}

async function endWithout(session: Session, found: Guarded): Promise<FinalPhase | undefined> {
  let guarded: Guarded | undefined = found;
  if (guarded.last.state === 'armed') {
    const dropped: FinalPhase = { state: 'dropped', reason: NEVER_BEGAN };
    return (await settleGuard(session, guarded, dropped)) ? dropped : undefined;
  }
  if (guarded.last.state !== 'reverting') {
    if (!(await guardJournal.advance(session.store, guarded, leftBy(guarded)))) return undefined;
    guarded = await findGuarded(session.store, found.begin.id);
  }
  if (guarded?.last.state !== 'reverting') return undefined;
  const ended = await revertGuard(session, guarded.begin, guarded.last);
  return (await settleGuard(session, guarded, ended)) ? ended : undefined;
}

function leftBy({ begin }: Guarded): GuardPhase {
  return begin.bootId === readBootId()
    ? {
        state: 'reverting',
        trigger: 'interrupted',
        reason: 'the process that watched over the change was ended',
      }
    : {
        state: 'reverting',
        trigger: 'reboot',
        reason: 'the machine was restarted before the change was confirmed',
      };
}
