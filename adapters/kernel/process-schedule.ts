// How the kernel schedules the threads of a process: read from /proc, set by the programs of util-linux. See sched(7) and proc(5).
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { tolerate } from '../backends/storage-error.js';
import { parseStat } from '../node/process-status.js';
import { programError, runProgram } from '../system/run-program.js';
import { listEntries } from './list-files-below.js';

export type Schedule = {
  /** As chrt(1) calls it. */
  readonly policy: string;
  /** From 1 to 99 for fifo and rr, else 0. */
  readonly priority: number;
  /** From -20 to 19. */
  readonly niceness: number;
  /** The processors that it may run on, as a list of ranges. */
  readonly processors: string;
};

/** One thread, that can't be mistaken for a later one with the same number. */
export interface ScheduledThread extends Schedule {
  readonly thread: number;
  /** In clock ticks after boot. */
  readonly startTime: string;
}

export interface ScheduledProcess {
  readonly pid: number;
  /** The first one is the process itself. */
  readonly threads: readonly [ScheduledThread, ...ScheduledThread[]];
}

const POLICIES = ['other', 'fifo', 'rr', 'batch', '', 'idle', 'deadline', 'ext'];
/** The kernel keeps no more of a name. */
const LONGEST_NAME = 15;

/** Processes by that name, or of an executable file of that name, the oldest first. */
export function findProcesses(name: string): ScheduledProcess[] {
  const known = Buffer.from(name).subarray(0, LONGEST_NAME).toString('latin1');
  const processes = listEntries('/proc').flatMap(({ name: entry }) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    if (readStat(`/proc/${pid}`)?.name !== known && executableName(pid) !== name) return [];
    const numbers = listEntries(`/proc/${pid}/task`).map((thread) => Number(thread.name));
    const threads = numbers
      .sort((left, right) => left - right)
      .flatMap((each) => readThread(pid, each) ?? []);
    const [first, ...others] = threads;
    return first === undefined ? [] : [{ pid, threads: [first, ...others] } as const];
  });
  return processes.sort(
    (left, right) =>
      Number(left.threads[0].startTime) - Number(right.threads[0].startTime) || left.pid - right.pid,
  );
}

/** Programs may give themselves another name: the one of Node 24 is MainThread. Kernel threads have no file. */
function executableName(pid: number): string | undefined {
  const file = tolerate(['ENOENT', 'ESRCH', 'EACCES'], () => readlinkSync(`/proc/${pid}/exe`));
  return file === undefined ? undefined : basename(file);
}

export function isSameSchedule(left: Schedule, right: Schedule): boolean {
  return (
    left.policy === right.policy &&
    left.priority === right.priority &&
    left.niceness === right.niceness &&
    left.processors === right.processors
  );
}

/** Answers why it could not be set, in words, or `undefined`; a thread that has ended needs nothing. */
export async function setSchedule(
  { pid, thread: { thread, startTime } }: { readonly pid: number; readonly thread: ScheduledThread },
  wanted: Schedule,
): Promise<string | undefined> {
  const isThere = () => readThread(pid, thread)?.startTime === startTime;
  const { policy, priority, niceness, processors } = wanted;
  const commands = [
    ['chrt', `--${policy}`, '--pid', String(priority), String(thread)],
    ['renice', '-n', String(niceness), '-p', String(thread)],
    ['taskset', '--cpu-list', '--pid', processors, String(thread)],
  ];
  for (const [program, ...args] of commands) {
    if (!isThere()) return undefined;
    const result = await runProgram(program, args);
    if (result.exitCode !== 0 && isThere()) return programError(program, args, result).message;
  }
  return undefined;
}

function readThread(pid: number, thread: number): ScheduledThread | undefined {
  const directory = `/proc/${pid}/task/${thread}`;
  const stat = readStat(directory);
  const processors = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readText(`${directory}/status`) ?? '')?.[1];
  if (stat === undefined || processors === undefined || ['Z', 'X'].includes(stat.fields[0])) return undefined;
  // Fields as proc(5) numbers them, the third being the first here.
  const field = (number: number) => stat.fields[number - 3];
  return {
    ...{ thread, startTime: field(22), policy: POLICIES[Number(field(41))] ?? '', processors },
    ...{ priority: Number(field(40)), niceness: Number(field(19)) },
  };
}

function readStat(directory: string): ReturnType<typeof parseStat> | undefined {
  const text = readText(`${directory}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** `undefined` where the process has ended. */
function readText(file: string): string | undefined {
  return tolerate(['ENOENT', 'ESRCH', 'ENOTDIR'], () => readFileSync(file, 'latin1'));
}
