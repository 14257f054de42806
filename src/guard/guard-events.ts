// What is told of a guarded change while it lasts, to whoever follows it by its id.
import { setTimeout as wait } from 'node:timers/promises';
import { checkAborted } from '../../store/errors.js';
import type { OperationEntry, OperationId } from '../../store/operations/operation-entry.js';
import { findLogged } from '../rollback/end-operation.js';
import type { Session } from '../session.js';
import { statusOf, UNWATCHED_MS, unwatched } from './follow-guard.js';
import { type Guarded, guardJournal } from './guard-journal.js';
import { type GuardBegin, type GuardState, isFinal } from './guard-record.js';
import { logSettled } from './settle-guard.js';

/** A change of state, or how much time is left of one. */
export interface GuardEvent {
  readonly kind: 'guard';
  readonly operation: OperationId;
  readonly state: GuardState;
  /** Until it goes back for being late, in milliseconds. */
  readonly remainingMs?: number;
  readonly needsConfirmation: boolean;
  readonly awaitsHealth: boolean;
  /** Why it is taken back, or was. */
  readonly reason?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

const POLL_MS = 100;
/** How often the time that is left is told. */
const TELL_MS = 1000;

/**
 * Ends with the change's entry in the log; `undefined` where another change has been armed since, and it has none. Throws
 * RECOVERY_NEEDED where nobody is left who would bring it to an end, ABORTED.
 */
export async function* guardEvents(
  session: Session,
  begin: GuardBegin,
  signal: AbortSignal | undefined,
): AsyncGenerator<GuardEvent, OperationEntry | undefined, void> {
  let watchedAtMs = performance.now();
  let told = { number: -1, atMs: 0 };
  for (;;) {
    checkAborted(signal);
    const guarded = await guardJournal.readState(session, begin);
    const isDue = guarded?.last.number !== told.number || performance.now() - told.atMs >= TELL_MS;
    if (guarded !== undefined && isDue) {
      told = { number: guarded.last.number, atMs: performance.now() };
      yield eventOf(guarded);
    }
    if (guarded === undefined || isFinal(guarded.last)) {
      if (guarded !== undefined) await logSettled(session, guarded);
      const entry = await findLogged(session, begin.id);
      if (entry !== undefined || guarded === undefined) return entry;
    }
    if (await guardJournal.isWatched(session, begin)) watchedAtMs = performance.now();
    if (performance.now() - watchedAtMs > UNWATCHED_MS) throw unwatched(begin);
    await wait(POLL_MS);
  }
}

function eventOf(guarded: Guarded): GuardEvent {
  const { begin, last } = guarded;
  const { remainingMs, needsConfirmation, awaitsHealth } = statusOf(guarded);
  return {
    ...{ kind: 'guard', operation: begin.id, state: last.state },
    ...(remainingMs === undefined ? {} : { remainingMs: Math.round(remainingMs) }),
    ...{ needsConfirmation, awaitsHealth },
    ...('reason' in last ? { reason: last.reason } : {}),
    at: isFinal(last) ? last.at : new Date().toISOString(),
  };
}
