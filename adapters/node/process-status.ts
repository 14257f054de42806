// What the kernel says of a process: fields of /proc/<pid>/stat, see proc(5).
import { readFileSync } from 'node:fs';

export interface ProcessStatus {
  readonly pid: number;
  /** As the kernel has it: 15 bytes at most. */
  readonly name: string;
  /** One letter: Z and X are dead. */
  readonly state: string;
  readonly parent: number;
  /** In clock ticks after boot; with the process id it names one process for good. */
  readonly startTime: string;
}

/** `undefined` where there is no such process, or where the answer is kept from us. */
export function readProcess(pid: number): ProcessStatus | undefined {
  const stat = readOfProcess(pid, 'stat')?.toString('latin1');
  if (stat === undefined) return undefined;
  const { name, fields } = parseStat(stat);
  return { pid, name, state: fields[0], parent: Number(fields[1]), startTime: fields[19] };
}

/** The text of a file `stat`, of a process or a thread: the name, and the fields from the third on. */
export function parseStat(text: string): { readonly name: string; readonly fields: readonly string[] } {
  // The name is in parentheses and may itself hold blanks and parentheses.
  const end = text.lastIndexOf(')');
  const fields = text
    .slice(end + 2)
    .trimEnd()
    .split(' ');
  return { name: text.slice(text.indexOf('(') + 1, end), fields };
}

/** The content of /proc/<pid>/<file>; `undefined` where the process has ended, or is not ours to look at. */
export function readOfProcess(pid: number, file: 'stat' | 'environ'): Buffer | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return undefined;
    throw error;
  }
}

export function isDead({ state }: Pick<ProcessStatus, 'state'>): boolean {
  return state === 'Z' || state === 'X';
}
