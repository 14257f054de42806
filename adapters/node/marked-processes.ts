// Processes that a change has started: those that have its mark in their environment, which is inherited, and what descends
// from them. Nothing of them is left running when they are ended, as far as this process may end them.
import { readdirSync } from 'node:fs';
import { isDead, type ProcessStatus, readOfProcess, readProcess } from './process-status.js';

export interface RunningProcess {
  readonly pid: number;
  /** The name that the kernel has. */
  readonly name: string;
}

/** Names one process for good: ids are given again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks after boot. */
  readonly startTime: string;
}

/** What is looked for. */
export interface ProcessMark {
  /** The variable, whose value is a list with commas between. */
  readonly variable: string;
  readonly value: string;
  /** One that counts though its environment can't be read. */
  readonly root?: ProcessIdentity | undefined;
}

const POLL_MS = 25;

/** `undefined` where there is no such process. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const found = findLiving(pid);
  return found && { pid, startTime: found.startTime };
}

/** Living processes that are marked, and their descendants; never this one. */
export function findMarkedProcesses(mark: ProcessMark): RunningProcess[] {
  const processes = readProcesses();
  const isMarked = ({ pid, startTime }: ProcessIdentity) =>
    (mark.root?.pid === pid && mark.root.startTime === startTime) || hasMark(pid, mark);
  const marked = new Set(processes.filter(isMarked).map(({ pid }) => pid));
  for (let size = -1; size !== marked.size; ) {
    size = marked.size;
    for (const { pid, parent } of processes) if (marked.has(parent)) marked.add(pid);
  }
  return processes.filter(({ pid }) => marked.has(pid) && pid !== process.pid);
}

/**
 * Asks all of them to end and, after `graceMs`, makes them. Answers with those that had to be asked, and with those that
 * even then did not end: they wait for a disk, or are not this process's to end.
 */
export async function endMarkedProcesses(
  mark: ProcessMark,
  options: { readonly graceMs: number; readonly forcedMs: number },
): Promise<{ readonly ended: RunningProcess[]; readonly left: RunningProcess[] }> {
  const found = findMarkedProcesses(mark);
  for (const { pid } of found) send(pid, 'SIGTERM', 'SIGCONT');
  await waitUntilNone(mark, options.graceMs);
  const deadlineMs = performance.now() + options.forcedMs;
  for (;;) {
    const left = findMarkedProcesses(mark);
    const ended = found.filter(({ pid }) => !left.some((each) => each.pid === pid));
    if (left.length === 0 || performance.now() > deadlineMs) return { ended, left };
    // They may start others until they are gone.
    for (const { pid } of left) send(pid, 'SIGKILL');
    await pause();
  }
}

async function waitUntilNone(mark: ProcessMark, longestMs: number): Promise<void> {
  const deadlineMs = performance.now() + longestMs;
  while (performance.now() < deadlineMs && findMarkedProcesses(mark).length > 0) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/** Those of others are left: that shows in that they live. */
function send(pid: number, ...signals: NodeJS.Signals[]): void {
  for (const signal of signals) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

function readProcesses(): ProcessStatus[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (findLiving(Number(name)) ?? []) : []));
}

function findLiving(pid: number): ProcessStatus | undefined {
  const found = readProcess(pid);
  return found === undefined || isDead(found) ? undefined : found;
}

function hasMark(pid: number, { variable, value }: ProcessMark): boolean {
  const environment = readOfProcess(pid, 'environ')?.toString('latin1').split('\0') ?? [];
  const prefix = `${variable}=`;
  const found = environment.find((each) => each.startsWith(prefix));
  return found?.slice(prefix.length).split(',').includes(value) === true;
}
