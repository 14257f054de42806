// Critical messages in a log file, or in that of the kernel, written since the trigger was armed.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import type { TriggerRule } from '../configuration/configuration.js';
import { readKernelLog } from './kernel-log.js';
import { createMatcher } from './line-matcher.js';
import type { Look } from './look.js';

export interface LogBaseline {
  readonly kind: 'log';
  /** Of the kernel's log where it is missing. */
  readonly file?: string;
  readonly patterns: readonly string[];
  /** What is behind these is new. `inode` tells a file that has been replaced by a new one. */
  readonly position: { readonly inode: number; readonly offset: number } | { readonly sequence: number };
}

/** What a service that can't go on writes, by custom. */
const FILE_PATTERNS = ['\\b(CRITICAL|FATAL|EMERG|ALERT|PANIC)\\b'];
/** What the kernel writes of itself, its file systems and disks when they are broken. */
const KERNEL_PATTERNS = [
  ...['kernel BUG at', '^BUG: ', '\\bOops\\b', 'Kernel panic', 'I/O error', 'Out of memory'],
  ...['EXT4-fs error', 'XFS .*[Cc]orrupt', 'BTRFS (error|critical)', 'Remounting filesystem read-only'],
];
/** syslog(2): KERN_EMERG, KERN_ALERT and KERN_CRIT. */
const CRITICAL_LEVEL = 2;
const PIECE_BYTES = 1 << 16;
/** A line that is longer is looked at in pieces. */
const LONGEST_LINE = 1 << 20;
const MOST_QUOTED = 200;
/** So much is read at one look; the rest at the next. */
const MOST_BYTES = 64 << 20;

/** Throws UNSUPPORTED where the log can't be read. A file that is not there yet counts as empty. */
export function armLog(rule: TriggerRule & { readonly on: 'critical-log' }): LogBaseline {
  const { file, patterns } = rule;
  if (file === undefined) {
    const last = readKernelLog(0).at(-1);
    const chosen = patterns ?? KERNEL_PATTERNS;
    return { kind: 'log', patterns: chosen, position: { sequence: (last?.sequence ?? -1) + 1 } };
  }
  const status = statSync(file, { throwIfNoEntry: false });
  if (status !== undefined && !status.isFile()) throw notALog(file);
  const position = { inode: status?.ino ?? 0, offset: status?.size ?? 0 };
  return { kind: 'log', file, patterns: patterns ?? FILE_PATTERNS, position };
}

/** The first critical message since then, and from where to look on. */
export function lookAtLog(baseline: LogBaseline): Look<LogBaseline> {
  const { file, patterns, position } = baseline;
  const matches = createMatcher(patterns);
  if (file === undefined) {
    const messages = readKernelLog('sequence' in position ? position.sequence : 0);
    const found = messages.find(({ level, text }) => level <= CRITICAL_LEVEL || matches(text));
    const last = messages.at(-1);
    return {
      reason: found && `the kernel says: ${quote(found.text)}`,
      baseline: last === undefined ? baseline : { ...baseline, position: { sequence: last.sequence + 1 } },
    };
  }
  let reason: string | undefined;
  const since = 'inode' in position ? position : { inode: 0, offset: 0 };
  const reached = readLinesSince(file, since, (line) => {
    if (reason !== undefined || !matches(line)) return false;
    reason = `${file} says: ${quote(line)}`;
    return true;
  });
  return { reason, baseline: { ...baseline, position: reached } };
}

type FilePosition = { readonly inode: number; readonly offset: number };

/** Answers with where the last whole line ends: one that is still being written is looked at again. */
function readLinesSince(file: string, since: FilePosition, onLine: (line: string) => boolean): FilePosition {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return { inode: 0, offset: 0 };
  try {
    const { ino: inode, size } = requireLog(file, descriptor);
    // Rotated, or cut off: then all of it is new.
    let offset = inode === since.inode && size >= since.offset ? since.offset : 0;
    const buffer = Buffer.alloc(PIECE_BYTES);
    let rest = Buffer.alloc(0);
    for (let read = 0; read < MOST_BYTES; ) {
      const length = readSync(descriptor, buffer, 0, buffer.length, offset + rest.length);
      if (length === 0) break;
      read += length;
      rest = Buffer.concat([rest, buffer.subarray(0, length)]);
      const end = rest.length > LONGEST_LINE ? rest.length : rest.lastIndexOf(0x0a) + 1;
      for (const line of rest.toString('utf8', 0, end).split('\n')) onLine(line);
      rest = rest.subarray(end);
      offset += end;
    }
    // A line that is not finished is looked at again, unless it was told.
    return { inode, offset: onLine(rest.toString('utf8')) ? offset + rest.length : offset };
  } finally {
    closeSync(descriptor);
  }
}

/** A pipe would never end, and a directory can't be read. */
function requireLog(file: string, descriptor: number): Stats {
  const status = fstatSync(descriptor);
  if (!status.isFile()) throw notALog(file);
  return status;
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SavepointError(
      'STORAGE_FAILED',
      `The log ${file} can't be read, so nothing is known of what it says.`,
      {
        fields: { path: file },
        cause: error,
      },
    );
  }
}

function quote(line: string): string {
  const text = line.trim();
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
}

function notALog(file: string): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `${file} is no regular file, so it can't be watched as a log. Name another one in the trigger 'critical-log', or take that out.`,
    { fields: { path: file } },
  );
}
