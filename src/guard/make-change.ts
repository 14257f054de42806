// Makes the change itself, between the state that says so and the one that says how it ended. Where the watchdog was faster,
// what it says holds.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { identifyProcess } from '../composition.js';
import { describeFailures } from '../health/check-health.js';
import { type PatientHealthCheck, pause, waitForHealth } from '../health/wait-for-health.js';
import type { Session } from '../session.js';
import { dropBallast } from './ballast.js';
import { deadlineIn } from './boot-clock.js';
import { endedBySignal, runCommand } from './change-process.js';
import { type GuardStatus, statusOf } from './follow-guard.js';
import { type Guarded, guardJournal } from './guard-journal.js';
import type { GuardBegin, GuardPhase, RollbackTrigger } from './guard-record.js';
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
  /** What the failure says of the change: that it is bad, unless set. */
  readonly trigger?: RollbackTrigger;
}

const POLL_MS = 250;
const BETWEEN_ATTEMPTS_MS = 1000;

/** Throws what kept the change from beginning; then nothing has been done. Answers `undefined` where it was taken back before. */
export async function makeChange(
  session: Session,
  begin: GuardBegin,
  means: ChangeMeans,
): Promise<ChangeEnd | undefined> {
  const armed = await guardJournal.readState(session, begin);
  if (armed?.last.state !== 'armed') return undefined;
  if (means.signal?.aborted === true) {
    await settleGuard(session, armed, { state: 'dropped', reason: 'stopped before it began' });
    throw new SavepointError('ABORTED', 'The change was stopped before it began; nothing was changed.');
  }
  const deadline = deadlineIn(begin.policy.timeoutMs);
  if (!(await guardJournal.advance(session, armed, { state: 'running', deadline }))) return undefined;
  const end = await whileRunning(session, begin, means);
  if (end instanceof SavepointError) {
    // The command is not there: there is nothing to be taken back.
    await leaveRunning(session, begin, (running) =>
      settleGuard(session, running, { state: 'dropped', reason: end.message }),
    );
    throw end;
  }
  await leaveRunning(session, begin, (running) =>
    guardJournal.advance(session, running, phaseAfter(begin, end)),
  );
  return end;
}

/** The change is made, however long it takes until that can be written down. */
async function leaveRunning(
  session: Session,
  begin: GuardBegin,
  leave: (running: Guarded) => Promise<boolean>,
): Promise<void> {
  for (;;) {
    try {
      const guarded = await guardJournal.readState(session, begin);
      if (guarded?.last.state === 'running') await leave(guarded);
      return;
    } catch (error) {
      if (!isSavepointError(error, 'STORAGE_FULL', 'STORAGE_FAILED', 'STORE_READ_ONLY')) throw error;
      dropBallast(session);
      await pause(BETWEEN_ATTEMPTS_MS);
    }
  }
}

function phaseAfter({ policy }: GuardBegin, { failure, trigger = 'failure' }: ChangeEnd): GuardPhase {
  const rule = policy.triggers.find((armed) => armed.rule.on === 'failure')?.rule;
  if (failure !== undefined && (rule?.do === 'revert' || trigger !== 'failure'))
    return { state: 'reverting', trigger, reason: failure };
  const { confirmMs } = policy;
  return { state: 'trial', ...(confirmMs === undefined ? {} : { confirmBy: deadlineIn(confirmMs) }) };
}

/** Makes the change, and looks meanwhile whether it is still to be made. */
async function whileRunning(
  session: Session,
  begin: GuardBegin,
  means: ChangeMeans,
): Promise<ChangeEnd | SavepointError> {
  const stop = new AbortController();
  const done = new AbortController();
  const abort = () => stop.abort(means.signal?.reason);
  means.signal?.addEventListener('abort', abort, { once: true });
  if (means.signal?.aborted === true) abort();
  const watching = watchRunning(session, begin, { stop, done: done.signal, onStatus: means.onStatus });
  try {
    return await run(session, begin, { means, signal: stop.signal });
  } finally {
    done.abort();
    means.signal?.removeEventListener('abort', abort);
    await watching;
  }
}

async function watchRunning(
  session: Session,
  begin: GuardBegin,
  {
    stop,
    done,
    onStatus,
  }: {
    readonly stop: AbortController;
    readonly done: AbortSignal;
    readonly onStatus: ChangeMeans['onStatus'];
  },
): Promise<void> {
  for (; !done.aborted; await pause(POLL_MS, done)) {
    try {
      const guarded = await guardJournal.readState(session, begin);
      if (guarded !== undefined) onStatus?.(statusOf(guarded));
      if (guarded?.last.state !== 'running') stop.abort();
    } catch (error) {
      // A store that can't be read for a while says nothing of the change.
      if (!isSavepointError(error)) throw error;
    }
  }
}

type RunMeans = { readonly means: ChangeMeans; readonly signal: AbortSignal };

async function run(
  session: Session,
  begin: GuardBegin,
  { means, signal }: RunMeans,
): Promise<ChangeEnd | SavepointError> {
  const { change, functions } = means;
  const end =
    'command' in change
      ? await runWords(session, begin, { change, signal: means.signal })
      : await callFunction(change, signal);
  if (end instanceof SavepointError || end.failure !== undefined || functions.length === 0) return end;
  const failure = await examine(functions, { timeoutMs: begin.policy.timeoutMs, signal });
  return failure === undefined ? end : { ...end, failure };
}

async function examine(
  functions: readonly PatientHealthCheck[],
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  try {
    return describeFailures(await waitForHealth(functions, options)) || undefined;
  } catch (error) {
    if (isSavepointError(error, 'ABORTED')) return 'the change was stopped';
    throw error;
  }
}

async function runWords(
  session: Session,
  begin: GuardBegin,
  {
    change: { command, output = 'inherit' },
    signal,
  }: {
    readonly change: Extract<Change, { command: readonly string[] }>;
    readonly signal: AbortSignal | undefined;
  },
): Promise<ChangeEnd | SavepointError> {
  if (signal?.aborted === true) return { failure: 'the change was stopped', trigger: 'manual' };
  let noting: Promise<void> | undefined;
  const onStart = (pid: number) => {
    const identity = identifyProcess(pid);
    // Only for those whose mark can't be read; without it they are not found.
    if (identity !== undefined) noting = guardJournal.noteCommand(session, begin, identity).catch(() => {});
  };
  const end = await runCommand(command, { id: begin.id, output, onStart, ...(signal && { signal }) });
  await noting;
  if ('notStarted' in end) return end.notStarted;
  const by = endedBySignal(end);
  // That somebody ended it says nothing of what it does.
  if (by !== undefined)
    return {
      failure: `the command was ended by ${by}`,
      trigger: by === 'SIGKILL' ? 'failure' : 'interrupted',
    };
  const { exitCode } = end as { exitCode: number };
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
    const stop = () => resolve({ failure: 'the change was stopped', trigger: 'manual' });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([run(signal).then(() => ({})), stopped]);
  } catch (error) {
    const failure = `the change failed: ${error instanceof Error ? error.message : String(error)}`;
    return signal.aborted ? { failure, trigger: 'manual' } : { failure };
  }
}
