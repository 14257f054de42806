// Follows a guarded change from any process: what state it is in, until it is over or nobody waits any more.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { pause } from '../health/wait-for-health.js';
import { findLogged } from '../rollback/end-operation.js';
import type { Session } from '../session.js';
import { remainingMs } from './boot-clock.js';
import { type Guarded, guardJournal } from './guard-journal.js';
import { type FinalPhase, type GuardBegin, type GuardChange, isFinal } from './guard-record.js';
import { logSettled } from './settle-guard.js';

const POLL_MS = 200;
/** Who ended it enters it into the log at once. */
const LOGGED_MS = 10_000;
/** A watchdog that was killed is started again by who guards. */
export const UNWATCHED_MS = 15_000;

/** A guarded change as others see it. Times are in milliseconds. */
export interface GuardStatus {
  readonly id: OperationId;
  readonly command: readonly string[];
  readonly point: GuardBegin['point'];
  readonly components: readonly string[];
  readonly startedAt: string;
  readonly user: string;
  readonly host: string;
  readonly state: GuardChange['state'];
  /** Until it is taken back for being late: to be done, or to be confirmed. */
  readonly remainingMs?: number;
  /** Whether somebody has to confirm it yet. */
  readonly needsConfirmation: boolean;
  /** What is waited for besides. */
  readonly awaitsHealth: boolean;
}

export function statusOf({ begin, last }: Guarded): GuardStatus {
  const { id, command, point, components, startedAt, user, host } = begin;
  const deadline =
    last.state === 'running' ? last.deadline : last.state === 'trial' ? last.confirmBy : undefined;
  return {
    ...{ id, command, point, components, startedAt, user, host, state: last.state },
    ...(deadline === undefined ? {} : { remainingMs: remainingMs(deadline) }),
    needsConfirmation:
      last.state === 'trial' && last.confirmBy !== undefined && last.confirmedBy === undefined,
    awaitsHealth: last.state === 'trial' && last.health === undefined,
  };
}

export interface GuardFollowOptions {
  readonly onStatus?: (status: GuardStatus) => void;
  /** Ends the following, not the change. */
  readonly signal?: AbortSignal;
  /** Ends the following once this holds. */
  readonly until?: (status: GuardStatus) => boolean;
}

/**
 * Answers with the change as it is in the end, or when following ends. Throws RECOVERY_NEEDED where nobody is left who would
 * bring it to an end.
 */
export async function followGuard(
  session: Session,
  begin: GuardBegin,
  options: GuardFollowOptions = {},
): Promise<Guarded> {
  let watchedAtMs = performance.now();
  for (;;) {
    const guarded = await readPatiently(session, begin, options.signal);
    if (guarded === undefined) return endedSince(session, begin);
    if (isFinal(guarded.last)) {
      await waitUntilLogged(session, guarded);
      return guarded;
    }
    const status = statusOf(guarded);
    options.onStatus?.(status);
    if (options.signal?.aborted === true || options.until?.(status) === true) return guarded;
    if (await guardJournal.isWatched(session, begin)) watchedAtMs = performance.now();
    if (performance.now() - watchedAtMs > UNWATCHED_MS) throw unwatched(begin);
    await pause(POLL_MS, options.signal);
  }
}

/** The store may be out of reach for a while; who watches the change waits for it, too. */
async function readPatiently(
  session: Session,
  begin: GuardBegin,
  signal: AbortSignal | undefined,
): Promise<Guarded | undefined> {
  for (;;) {
    try {
      return await guardJournal.readState(session, begin);
    } catch (error) {
      if (!isSavepointError(error, 'STORAGE_FAILED') || signal?.aborted === true) throw error;
      await pause(POLL_MS, signal);
    }
  }
}

/** Another change has been armed meanwhile: this one was over, and the log knows how it ended. */
async function endedSince(session: Session, begin: GuardBegin): Promise<Guarded> {
  const entry = await findLogged(session, begin.id);
  if (entry === undefined) throw forgotten(begin);
  const { outcome, message = '', startedAt } = entry;
  const phase: FinalPhase =
    outcome === 'done'
      ? { state: 'confirmed' }
      : outcome === 'failed'
        ? { state: 'dropped', reason: message }
        : { state: outcome === 'reverted' ? 'reverted' : 'inconsistent', trigger: 'manual', reason: message };
  return { begin, last: { number: 0, at: startedAt, by: begin.process, ...phase } };
}

async function waitUntilLogged(session: Session, guarded: Guarded): Promise<void> {
  const deadlineMs = performance.now() + LOGGED_MS;
  while ((await findLogged(session, guarded.begin.id)) === undefined && performance.now() < deadlineMs) {
    await logSettled(session, guarded);
    await pause(POLL_MS);
  }
}

/** That nobody is left who would bring the change to an end. */
export function unwatched({ id, command }: GuardBegin): SavepointError {
  return new SavepointError(
    'RECOVERY_NEEDED',
    `The watchdog of the guarded change '${command.join(' ')}' was ended. Run 'savepoint recover': it takes the change back.`,
    { fields: { operation: id } },
  );
}

function forgotten({ id, command }: GuardBegin): SavepointError {
  return new SavepointError(
    'NOTHING_GUARDED',
    `The guarded change '${command.join(' ')}' is over; 'savepoint log' says how it ended.`,
    { fields: { operation: id } },
  );
}
