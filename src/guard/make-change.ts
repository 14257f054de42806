// Makes the change itself, between the state that says so and the one that says how it ended. Where the watchdog was faster,
// what it says holds.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { type PatientHealthCheck, pause, waitForHealth } from '../health/wait-for-health.js';
import type { Session } from '../session.js';
import { announce } from './announce.js';
import { deadlineIn } from './boot-clock.js';
import { runCommand } from './change-process.js';
import { type GuardStatus, statusOf } from './follow-guard.js';
import { findGuarded, type Guarded, guardJournal } from './guard-journal.js';
import type { GuardBegin, GuardPhase } from './guard-record.js';
import { settleGuard } from './settle-guard.js';

/** What is guarded: a command, or a function of this program. */
export type Change =
  | { readonly command: readonly string[]; readonly output?: 'inherit' | 'stderr' }
  /** Its signal is aborted when the change is taken back. What it throws is a failure. */
  | { readonly name: string; readonly run: (signal: AbortSignal) => Promise<void> };

export interface ChangeMeans {
  readonly change: Change;
  readonly functions: readonly PatientHealthCheck[];
  readonly signal?: AbortSignal;
  readonly onStatus?: (status: GuardStatus) => void;
}

/** How the change ended. */
export interface ChangeEnd {
  readonly exitCode?: number;
  /** Missing where all is well. */
  readonly failure?: string;
}

const POLL_MS = 250;

/** Throws what kept the change from beginning; then nothing has been done. Answers `undefined` where it was taken back before. */
export async function makeChange(
  session: Session,
  begin: GuardBegin,
  means: ChangeMeans,
): Promise<ChangeEnd | undefined> {
  const armed = await findGuarded(session.store, begin.id);
  if (armed?.last.state !== 'armed') return undefined;
  if (means.signal?.aborted === true) {
    await settleGuard(session, armed, { state: 'dropped', reason: 'stopped before it began' });
    throw new SavepointError('ABORTED', 'The change was stopped before it began; nothing was changed.');
  }
  const deadline = deadlineIn(begin.policy.timeoutMs);
  if (!(await guardJournal.advance(session.store, armed, { state: 'running', deadline }))) return undefined;
  let end: ChangeEnd;
  try {
    end = await whileRunning(session, begin, means);
  } catch (error) {
    // The command is not there: there is nothing to be taken back.
    const running = await findRunning(session, begin);
    if (running === undefined || !isSavepointError(error, 'PATH_NOT_FOUND', 'PERMISSION_DENIED')) throw error;
    await settleGuard(session, running, { state: 'dropped', reason: error.message });
    throw error;
  }
  const running = await findRunning(session, begin);
  if (running !== undefined) await guardJournal.advance(session.store, running, phaseAfter(begin, end));
  return end;
}

async function findRunning(session: Session, { id }: GuardBegin): Promise<Guarded | undefined> {
  const guarded = await findGuarded(session.store, id);
  return guarded?.last.state === 'running' ? guarded : undefined;
}

function phaseAfter({ policy, command }: GuardBegin, { failure }: ChangeEnd): GuardPhase {
  const rule = policy.triggers.find(({ rule }) => rule.on === 'failure')?.rule;
  if (failure !== undefined && rule?.do === 'revert')
    return { state: 'reverting', trigger: 'failure', reason: failure };
  if (failure !== undefined) announce(`The change '${command.join(' ')}': ${failure}`);
  const { confirmMs } = policy;
  return { state: 'trial', ...(confirmMs === undefined ? {} : { confirmBy: deadlineIn(confirmMs) }) };
}

/** Makes the change, and looks meanwhile whether it is still to be made. */
async function whileRunning(session: Session, begin: GuardBegin, means: ChangeMeans): Promise<ChangeEnd> {
  const stop = new AbortController();
  const done = new AbortController();
  const abort = () => stop.abort(means.signal?.reason);
  means.signal?.addEventListener('abort', abort, { once: true });
  const watching = (async () => {
    while (!done.signal.aborted) {
      const guarded = await findGuarded(session.store, begin.id);
      if (guarded !== undefined) means.onStatus?.(statusOf(guarded));
      if (guarded?.last.state !== 'running') stop.abort();
      await pause(POLL_MS, done.signal);
    }
  })();
  try {
    return await run(begin, means, stop.signal);
  } finally {
    done.abort();
    means.signal?.removeEventListener('abort', abort);
    await watching;
  }
}

async function run(begin: GuardBegin, means: ChangeMeans, signal: AbortSignal): Promise<ChangeEnd> {
  const { change, functions } = means;
  const end =
    'command' in change ? await runWords(begin, change, means.signal) : await callFunction(change, signal);
  if (end.failure !== undefined || functions.length === 0) return end;
  const failure = await examine(functions, { timeoutMs: begin.policy.timeoutMs, signal });
  return failure === undefined ? end : { ...end, failure };
}

async function examine(
  functions: readonly PatientHealthCheck[],
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  try {
    const { checks } = await waitForHealth(functions, options);
    const failed = checks.filter(({ ok, required }) => required && !ok);
    return failed.length === 0
      ? undefined
      : failed.map(({ check, reason }) => `${check} ${reason}`).join('; ');
  } catch (error) {
    if (isSavepointError(error, 'ABORTED')) return 'the change was stopped';
    throw error;
  }
}

async function runWords(
  { id }: GuardBegin,
  { command, output = 'inherit' }: Extract<Change, { command: readonly string[] }>,
  signal: AbortSignal | undefined,
): Promise<ChangeEnd> {
  const { exitCode, signal: by } = await runCommand(command, { id, output, ...(signal && { signal }) });
  if (by !== undefined) return { failure: `the command was ended by ${by}` };
  return exitCode === 0
    ? { exitCode }
    : { exitCode, failure: `the command ended with exit code ${exitCode}` };
}

/** A function that does not heed its signal is left alone: it can't be ended. */
async function callFunction(
  { run }: Extract<Change, { name: string }>,
  signal: AbortSignal,
): Promise<ChangeEnd> {
  const stopped = new Promise<ChangeEnd>((resolve) => {
    signal.addEventListener('abort', () => resolve({ failure: 'the change was stopped' }), { once: true });
  });
  try {
    return await Promise.race([run(signal).then(() => ({})), stopped]);
  } catch (error) {
    return { failure: `the change failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}
