// Begins an operation that changes the host: takes the journal, or says who has it and what to do about that.
import { SavepointError } from '../../store/errors.js';
import { createTemporaryName, isAbandoned } from '../composition.js';
import { type JournalState, journal } from '../journal/journal.js';
import type { BeginRecord } from '../journal/journal-record.js';
import { operationOrigin } from '../operation-origin.js';
import type { Session } from '../session.js';

export type Beginning = Pick<BeginRecord, 'kind' | 'command' | 'components' | 'target'> &
  Partial<Pick<BeginRecord, 'id' | 'undoes' | 'madeRoots' | 'guard' | 'fingerprint' | 'adapters'>>;

/** Takes the journal. Throws LOCKED where another process works, RECOVERY_NEEDED where one was interrupted. */
export async function beginOperation(session: Session, beginning: Beginning): Promise<BeginRecord> {
  const record: BeginRecord = {
    ...operationOrigin(),
    ...{ process: createTemporaryName(), startedAt: new Date().toISOString() },
    ...beginning,
  };
  for (;;) {
    await requireIdle(session);
    if (await journal.begin(session.store, record)) return record;
  }
}

/** Throws where an operation is in the journal: LOCKED while its process lives, RECOVERY_NEEDED where that is gone. */
export async function requireIdle(session: Session): Promise<void> {
  if (!(await journal.isBusy(session.store))) return;
  const state = await journal.read(session.store);
  if (state === undefined) return;
  throw isGone(state.begin) ? recoveryNeeded(state) : locked(state);
}

/** Names under which this process has worked, and does no more, though it lives: they are given once, and never again. */
const letGoOf = new Set<string>();

/** What was begun, or taken over, under this name is left to whoever recovers it: this process, too. */
export function letGo(process: string): void {
  letGoOf.add(process);
}

function isGone({ process, startedAt }: { readonly process: string; readonly startedAt: string }): boolean {
  return letGoOf.has(process) || isAbandoned(process, Date.parse(startedAt));
}

/**
 * Takes an interrupted operation over from its process, for good: no two processes ever work on one. Answers with the name
 * under which it is worked on from here on; `undefined` where that process lives, or another one that took it over.
 */
export async function takeOver(
  session: Session,
  { id, process, startedAt }: BeginRecord,
): Promise<string | undefined> {
  let owner = { process, startedAt };
  for (let number = 1; ; number++) {
    if (!isGone(owner)) return undefined;
    const record = { id, number, process: createTemporaryName(), startedAt: new Date().toISOString() };
    if (await journal.takeOver(session.store, record)) return record.process;
    owner = (await journal.findTakeOver(session.store, id, number)) ?? owner;
  }
}

/** Whether the process lives that began an operation, or one that took it over. */
export async function isWorkedOn(
  session: Session,
  { id, process, startedAt }: BeginRecord,
): Promise<boolean> {
  let owner: { process: string; startedAt: string } | undefined = { process, startedAt };
  for (let number = 1; owner !== undefined; number++) {
    if (!isGone(owner)) return true;
    owner = await journal.findTakeOver(session.store, id, number);
  }
  return false;
}

function locked({ begin }: JournalState): SavepointError {
  return new SavepointError(
    'LOCKED',
    `A ${begin.kind} to ${begin.target.name} is running since ${begin.startedAt}, by ${begin.user}. Wait until it has ended, and repeat.`,
    { fields: { operation: begin.id, kind: begin.kind, startedAt: begin.startedAt } },
  );
}

export function recoveryNeeded({ begin }: Pick<JournalState, 'begin'>): SavepointError {
  return new SavepointError(
    'RECOVERY_NEEDED',
    `A ${begin.kind} to ${begin.target.name}, begun ${begin.startedAt}, was interrupted. Run 'savepoint recover' first: it brings the host to one of both states.`,
    { fields: { operation: begin.id, kind: begin.kind, startedAt: begin.startedAt } },
  );
}
