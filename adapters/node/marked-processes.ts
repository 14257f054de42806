// Processes that a change has started: those that have its mark in their environment, which is inherited, and what descends
// from them. Nothing of them is left running when they are ended.
import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  /** The name that the kernel has. */
  readonly name: string;
}

const POLL_MS = 25;

/** Living processes that have `mark` (`NAME=value`) in their environment, and their descendants; never this one. */
export function findMarkedProcesses(mark: string): RunningProcess[] {
  const processes = readProcesses();
  const marked = new Set(processes.filter(({ pid }) => hasMark(pid, mark)).map(({ pid }) => pid));
  for (let size = -1; size !== marked.size; ) {
    size = marked.size;
    for (const { pid, parent } of processes) if (marked.has(parent)) marked.add(pid);
  }
  return processes.filter(({ pid }) => marked.has(pid) && pid !== process.pid);
}

/**
 * Asks all of them to end and, after `graceMs`, makes them. Answers with the names of those that had to be asked, and of
 * those that even then did not end, as a process does that waits for a disk.
 */
export async function endMarkedProcesses(
  mark: string,
  options: { readonly graceMs: number; readonly forcedMs: number },
): Promise<{ readonly ended: RunningProcess[]; readonly left: RunningProcess[] }> {
  const found = findMarkedProcesses(mark);
  for (const { pid } of found) send(pid, 'SIGTERM', 'SIGCONT');
  await waitUntilNone(mark, options.graceMs);
  const deadlineMs = performance.now() + options.forcedMs;
  for (;;) {
    const rest = findMarkedProcesses(mark);
    if (rest.length === 0 || performance.now() > deadlineMs) return { ended: found, left: rest };
    // They may start others until they are gone.
    for (const { pid } of rest) send(pid, 'SIGKILL');
    await pause();
  }
}

async function waitUntilNone(mark: string, longestMs: number): Promise<void> {
  const deadlineMs = performance.now() + longestMs;
  while (performance.now() < deadlineMs && findMarkedProcesses(mark).length > 0) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

function send(pid: number, ...signals: NodeJS.Signals[]): void {
  for (const signal of signals) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function readProcesses(): (RunningProcess & { readonly parent: number })[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = readIfThere(`/proc/${name}/stat`)?.toString('latin1');
    if (stat === undefined) return [];
    // proc(5): the name is in parentheses and may itself hold blanks and parentheses.
    const end = stat.lastIndexOf(')');
    const [state, parent] = stat.slice(end + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    return [{ pid: Number(name), parent: Number(parent), name: stat.slice(stat.indexOf('(') + 1, end) }];
  });
}

function hasMark(pid: number, mark: string): boolean {
  const environment = readIfThere(`/proc/${pid}/environ`)?.toString('latin1') ?? '';
  return environment.startsWith(`${mark}\0`) || environment.includes(`\0${mark}\0`);
}

/** It may have ended meanwhile, or be another user's. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return undefined;
    throw error;
  }
}
