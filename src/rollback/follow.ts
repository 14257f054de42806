// Follows an operation that this or another process carries out, by what stands in the store: events while it runs, and its
// entry in the operation log at the end. It changes nothing, and nobody waits for it.
import { setTimeout as wait } from 'node:timers/promises';
import { checkAborted, SavepointError } from '../../store/errors.js';
import {
  type OperationEntry,
  type OperationId,
  STORE_OPERATIONS,
} from '../../store/operations/operation-entry.js';
import { listLogFiles } from '../../store/operations/operation-files.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import { guardEvents } from '../guard/guard-events.js';
import { findActive } from '../guard/guard-journal.js';
import type { GuardBegin } from '../guard/guard-record.js';
import { journal } from '../journal/journal.js';
import type { Session } from '../session.js';
import { isWorkedOn, recoveryNeeded } from './begin-operation.js';
import { findLogged } from './end-operation.js';
import type { OperationEvent } from './operation-event.js';
import { ProgressLogReader } from './progress-log-reader.js';
import { readRecent } from './recent-operations.js';

export interface FollowOptions {
  /** Ends the following, not the operation. */
  readonly signal?: AbortSignal;
  /** Called where no operation is under way, and the next one is waited for. */
  readonly onWait?: () => void;
}

const POLL_MS = 100;

/**
 * The events of an operation, from its beginning as far as they are kept, and live ones until it is over; its entry in the
 * log is what the generator returns. `operation` is its number in the log or the start of its id; where it is missing, the
 * operation under way is meant, or else the next one. Throws OPERATION_NOT_FOUND, AMBIGUOUS_NAME, RECOVERY_NEEDED where the
 * operation's process has died, ABORTED, LOG_CORRUPT, STORE_NEWER.
 */
export async function* follow(
  session: Session,
  operation: string | undefined,
  options: FollowOptions = {},
): AsyncGenerator<OperationEvent, OperationEntry, void> {
  checkAborted(options.signal);
  const guarded = await findGuarded(session, operation);
  if (guarded !== undefined) {
    const entry = yield* guardEvents(session, guarded, options.signal);
    if (entry !== undefined) return entry;
    throw noSuchOperation(guarded.id);
  }
  const id = operation === undefined ? await findNext(session, options) : await findNamed(session, operation);
  const reader = new ProgressLogReader(session, id);
  let isTold = false;
  try {
    for (;;) {
      // Before the events: what is said until the end is read after it.
      const end = await findEnd(session, id);
      for (const event of reader.read()) {
        isTold = event.phase === 'ended';
        yield event;
      }
      if (end instanceof SavepointError) throw end;
      if (end !== undefined) {
        if (!isTold) yield endOf(end);
        return end;
      }
      await pause(options.signal);
    }
  } finally {
    reader.close();
  }
}

/** The guarded change that is under way and has this id, or is the only thing under way. */
async function findGuarded(session: Session, operation: string | undefined): Promise<GuardBegin | undefined> {
  const active = await findActive(session);
  if (active === undefined || operation === '') return undefined;
  if (operation !== undefined) return active.begin.id.startsWith(operation) ? active.begin : undefined;
  return (await journal.findBegin(session.store)) === undefined ? active.begin : undefined;
}

async function findNext(session: Session, { signal, onWait }: FollowOptions): Promise<OperationId> {
  let last = await lastNumber(session);
  for (let isFirst = true; ; isFirst = false) {
    const begin = await journal.findBegin(session.store);
    if (begin !== undefined) return begin.id;
    const newest = await lastNumber(session);
    if (newest > last) {
      const missed = (await readRecent(session)).find(
        ({ number, kind }) => number > last && isFollowed(kind),
      );
      if (missed !== undefined) return missed.id;
      last = newest;
    }
    if (isFirst) onWait?.();
    await pause(signal);
  }
}

/** Other operations are over when they are logged. */
function isFollowed(kind: OperationEntry['kind']): boolean {
  return kind !== 'restore' && !STORE_OPERATIONS.includes(kind);
}

async function lastNumber({ store }: Session): Promise<number> {
  return (await listLogFiles(store.backend)).at(-1)?.last ?? 0;
}

async function findNamed(session: Session, text: string): Promise<OperationId> {
  const begin = await journal.findBegin(session.store);
  const entries = await openOperationLog(session.store).read();
  const numbered = entries.find(({ number }) => String(number) === text);
  if (numbered !== undefined) return numbered.id;
  const ids = new Set(entries.map(({ id }) => id));
  if (begin !== undefined) ids.add(begin.id);
  const found = text === '' ? [] : [...ids].filter((id) => id.startsWith(text));
  if (found.length === 1) return found[0];
  if (found.length === 0) throw noSuchOperation(text);
  throw new SavepointError(
    'AMBIGUOUS_NAME',
    `'${text}' is the start of the ids of ${found.length} operations: give more digits.`,
    { fields: { operation: text, candidates: found } },
  );
}

/** The operation's entry where it is over, `undefined` while its process works, or why it will never be over like this. */
async function findEnd(
  session: Session,
  id: OperationId,
): Promise<OperationEntry | SavepointError | undefined> {
  const begin = await journal.findBegin(session.store);
  const isInJournal = begin?.id === id;
  if (isInJournal && (await isWorkedOn(session, begin))) return undefined;
  const recent = await findLogged(session, id);
  if (recent !== undefined) return recent;
  if (isInJournal) return recoveryNeeded({ begin });
  const entry = (await openOperationLog(session.store).read()).find((each) => each.id === id);
  return entry ?? noSuchOperation(id);
}

/** For an operation whose events are no longer there, or of which the last could not be written. */
function endOf({ id, outcome, startedAt, seconds }: OperationEntry): OperationEvent {
  const at = new Date(Date.parse(startedAt) + seconds * 1000).toISOString();
  return {
    ...{ kind: 'progress', operation: id, phase: 'ended', percent: 100, files: 0, bytes: 0, outcome, at },
  };
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(POLL_MS, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    checkAborted(signal);
    throw error;
  }
}

function noSuchOperation(text: string): SavepointError {
  return new SavepointError(
    'OPERATION_NOT_FOUND',
    `There is no operation '${text}', neither under way nor in the log. 'savepoint log' shows those that are over.`,
    { fields: { operation: text } },
  );
}
