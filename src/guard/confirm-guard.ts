// Confirming a change that is on trial, giving it more time, and calling it off: from any process, on any terminal.
import { SavepointError } from '../../store/errors.js';
import { operatorName } from '../operator-name.js';
import type { Session } from '../session.js';
import { extendDeadline, readBootId, remainingMs } from './boot-clock.js';
import { followGuard, type GuardFollowOptions, type GuardStatus, statusOf } from './follow-guard.js';
import { findActive, type Guarded, guardJournal } from './guard-journal.js';
import { type EndedPhase, type GuardPhase, isFinal } from './guard-record.js';
import { settleGuard } from './settle-guard.js';
import { startWatchdog } from './start-watchdog.js';

export interface ConfirmOptions extends GuardFollowOptions {
  /** Do not confirm, but give it so much more time. */
  readonly extendMs?: number;
}

/** What became of a guarded change by a word from outside. */
export interface GuardAnswer extends GuardStatus {
  readonly trigger?: EndedPhase['trigger'];
  readonly reason?: string;
  /** The components that went back, where these are not all that are guarded. */
  readonly wentBack?: readonly string[];
}

/**
 * Confirms the change that is on trial, and answers when that is final, or with what is still waited for where following
 * ends. Throws NOTHING_GUARDED, LOCKED where it is not on trial, RECOVERY_NEEDED after a restart of the machine.
 */
export async function confirmGuard(session: Session, options: ConfirmOptions = {}): Promise<GuardAnswer> {
  const { extendMs, ...following } = options;
  for (;;) {
    const guarded = await requireTrial(session);
    const phase = extendMs === undefined ? confirmed(guarded) : extended(guarded, extendMs);
    if (!(await advance(session, guarded, phase))) continue;
    const until = extendMs === undefined ? {} : { until: () => true };
    return answerOf(await followGuard(session, guarded.begin, { ...following, ...until }));
  }
}

/** Takes the guarded change back, whatever it is doing, and answers when that is done. Throws NOTHING_GUARDED. */
export async function cancelGuard(session: Session, options: GuardFollowOptions = {}): Promise<GuardAnswer> {
  for (;;) {
    const guarded = await requireActive(session);
    const reason = `called off by ${operatorName()}`;
    const phase: GuardPhase =
      guarded.last.state === 'armed'
        ? { state: 'dropped', reason }
        : { state: 'reverting', trigger: 'manual', reason };
    if (guarded.last.state !== 'reverting' && !(await advance(session, guarded, phase))) continue;
    await startWatchdog(session, guarded.begin);
    return answerOf(await followGuard(session, guarded.begin, options));
  }
}

/** The change that is guarded now; `undefined` where there is none. */
export async function readGuardStatus(session: Session): Promise<GuardStatus | undefined> {
  const guarded = await findActive(session);
  return guarded && statusOf(guarded);
}

function advance(session: Session, guarded: Guarded, phase: GuardPhase): Promise<boolean> {
  return phase.state === 'confirmed' || phase.state === 'dropped'
    ? settleGuard(session, guarded, phase)
    : guardJournal.advance(session, guarded, phase);
}

function confirmed({ last }: Guarded): GuardPhase {
  if (last.state !== 'trial') throw new Error('savepoint bug: a change is confirmed that is not on trial');
  const { health } = last;
  const confirmedBy = operatorName();
  return health === undefined ? { ...last, confirmedBy } : { state: 'confirmed', confirmedBy, health };
}

function extended({ last }: Guarded, byMs: number): GuardPhase {
  if (last.state !== 'trial' || last.confirmBy === undefined) {
    throw new SavepointError('USAGE', 'Nobody has to confirm this change, so there is no time to extend.');
  }
  return { ...last, confirmBy: extendDeadline(last.confirmBy, byMs) };
}

async function requireActive(session: Session): Promise<Guarded> {
  const guarded = await findActive(session);
  if (guarded === undefined)
    throw new SavepointError(
      'NOTHING_GUARDED',
      "No change is guarded now; 'savepoint log' shows those that were.",
    );
  return guarded;
}

async function requireTrial(session: Session): Promise<Guarded> {
  const guarded = await requireActive(session);
  const { begin, last } = guarded;
  const fields = { operation: begin.id, state: last.state };
  const name = `The guarded change '${begin.command.join(' ')}'`;
  if (begin.bootId !== readBootId()) {
    throw new SavepointError(
      'RECOVERY_NEEDED',
      `${name} can't be confirmed, as the machine was restarted. Run 'savepoint recover': it takes the change back.`,
      { fields },
    );
  }
  await startWatchdog(session, begin);
  const isLate = last.state === 'trial' && last.confirmBy !== undefined && remainingMs(last.confirmBy) === 0;
  if (last.state === 'trial' && !isLate) return guarded;
  const what =
    last.state === 'reverting' ? 'is being taken back' : 'is not made yet: wait until it is on trial';
  throw new SavepointError('LOCKED', `${name} ${what}.`, { fields });
}

function answerOf(guarded: Guarded): GuardAnswer {
  const { last } = guarded;
  const status = statusOf(guarded);
  if (!isFinal(last) || last.state === 'confirmed') return status;
  const partial = 'components' in last && last.components !== undefined ? { wentBack: last.components } : {};
  return { ...status, ...('trigger' in last && { trigger: last.trigger }), reason: last.reason, ...partial };
}
