// Ends a guarded change that nobody sees to any more, after a crash or a restart: what is not confirmed goes back.
import { isSavepointError } from '../../store/errors.js';
import { pause } from '../health/wait-for-health.js';
import type { RecoverResult } from '../rollback/recover.js';
import type { Session } from '../session.js';
import { readBootId } from './boot-clock.js';
import { findActive, type Guarded, guardJournal, isMakerGone } from './guard-journal.js';
import type { EndedPhase, FinalPhase, GuardBegin, GuardPhase } from './guard-record.js';
import { NEVER_BEGAN } from './require-unguarded.js';
import { REBOOTED, type Reverting, revertGuard, wentBackBy } from './revert-guard.js';
import { logSettled, settleGuard } from './settle-guard.js';

export interface RecoveredGuard {
  readonly id: GuardBegin['id'];
  readonly command: readonly string[];
  readonly point: GuardBegin['point'];
  readonly state: FinalPhase['state'];
  readonly reason?: string;
}

const MOST_ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 1000;

/**
 * Answers `undefined` where there is nothing to be done, be it that others see to it. `recovered` is what was finished of an
 * interrupted operation just before: it may have been this change's way back. Throws what may pass, and then has to be
 * called again.
 */
export async function recoverGuard(
  session: Session,
  recovered: RecoverResult,
): Promise<RecoveredGuard | undefined> {
  const last = await guardJournal.read(session);
  if (last !== undefined) await logSettled(session, last);
  const guarded = await findActive(session);
  if (guarded === undefined) return undefined;
  const { begin } = guarded;
  await session.adapters.addModules(begin.adapters ?? []);
  // The process that makes the change starts a new watchdog by itself.
  const isMaking = guarded.last.state === 'armed' || guarded.last.state === 'running';
  if (isMaking && !(await isMakerGone(session, begin))) return undefined;
  if ((await guardJournal.watch(session, begin)) === undefined) return undefined;
  const phase = await endWithout(session, guarded, recovered);
  if (phase === undefined) return undefined;
  const { id, command, point } = begin;
  const reason = 'reason' in phase ? { reason: phase.reason } : {};
  return { id, command, point, state: phase.state, ...reason };
}

async function endWithout(
  session: Session,
  found: Guarded,
  recovered: RecoverResult,
): Promise<FinalPhase | undefined> {
  if (found.last.state === 'armed') {
    const dropped: FinalPhase = { state: 'dropped', reason: NEVER_BEGAN };
    return (await settleGuard(session, found, dropped)) ? dropped : undefined;
  }
  if (found.last.state !== 'reverting') await guardJournal.advance(session, found, leftBy(found));
  const guarded = await guardJournal.readState(session, found.begin);
  if (guarded?.last.state !== 'reverting') return undefined;
  const phase = guarded.last;
  const ended =
    (await endedBy(session, guarded.begin, { phase, recovered })) ??
    (await revertPatiently(session, guarded.begin, phase));
  return (await settleGuard(session, guarded, ended)) ? ended : undefined;
}

async function endedBy(
  session: Session,
  begin: GuardBegin,
  { phase, recovered }: { readonly phase: Reverting; readonly recovered: RecoverResult },
): Promise<EndedPhase | undefined> {
  const { takesBack, operation, carried } = recovered;
  if (takesBack !== begin.id || operation === undefined) return undefined;
  const back = await wentBackBy(session, operation, carried);
  if (back === undefined) return undefined;
  const { trigger, reason, components } = phase;
  return {
    ...{ state: 'reverted', trigger, reason: reason + back.remarks, rollback: operation },
    ...(components === undefined ? {} : { components }),
    ...(back.safety === undefined ? {} : { safety: back.safety }),
  };
}

async function revertPatiently(session: Session, begin: GuardBegin, phase: Reverting): Promise<EndedPhase> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await revertGuard(session, begin, { phase, attempt });
    } catch (error) {
      if (!isSavepointError(error) || attempt === MOST_ATTEMPTS) throw error;
      await pause(BETWEEN_ATTEMPTS_MS);
    }
  }
}

function leftBy({ begin }: Guarded): GuardPhase {
  return begin.bootId === readBootId()
    ? {
        state: 'reverting',
        trigger: 'interrupted',
        reason: 'the process that watched over the change was ended',
      }
    : REBOOTED;
}
