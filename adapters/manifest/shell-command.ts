// Commands of the operator, as `sh -c` takes them: run within a time, and looked at without running them.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { checkAborted, SavepointError } from '../../store/errors.js';
import type { ApplyContext, StateContext } from '../state/state-adapter.js';
import { runProgram } from '../system/run-program.js';

export interface CommandResult {
  readonly exitCode: number | undefined;
  /** What it printed that is meant to be read by programs. */
  readonly stdout: string;
  /** What it said, for people: the end of it. */
  readonly output: string;
  /** How it ended, to stand behind its name. */
  readonly ended: string;
}

export interface CommandLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const SHELL = '/bin/sh';
const LOOK_MS = 10_000;
const MOST_OUTPUT_CHARACTERS = 4000;
/** Where a command begins with something else, it is not looked at: `"$APP"/deploy`, `(cd x; …)`. */
const FIRST_WORD =
  /^\s*(?:[A-Za-z_][A-Za-z0-9_]*=[^\s"'`$();&|<>]*\s+)*([^\s"'`$();&|<>{}!#~*?[\\=]+)(?=[\s;&|]|$)/;

/** Throws ABORTED where it was stopped. */
export async function runCommand(command: string, limits: CommandLimits): Promise<CommandResult> {
  const { stdout, stderr, ...end } = await runProgram(SHELL, ['-c', command], limits);
  checkAborted(limits.signal);
  const text = stdout.toString('utf8');
  return {
    exitCode: end.exitCode,
    stdout: text,
    output: tailOf(`${text.slice(-MOST_OUTPUT_CHARACTERS)}\n${stderr}`),
    ended: describeEnd({ ...end, timeoutMs: limits.timeoutMs }),
  };
}

/**
 * Like `runCommand`, for a command that may leave programs running in the background: it is over when the shell is, whoever
 * still holds its output.
 */
export async function runStartingCommand(
  command: string,
  { timeoutMs, context }: { readonly timeoutMs: number; readonly context: ApplyContext },
): Promise<CommandResult> {
  const file = join(context.staging(), 'output');
  const script = 'exec /bin/sh -c "$1" >"$2" 2>&1';
  const { signal } = context;
  const { stderr, ...end } = await runProgram(SHELL, ['-c', script, 'sh', command, file], {
    timeoutMs,
    signal,
  });
  checkAborted(signal);
  const text = stderr === '' ? readTail(file) : stderr;
  return {
    exitCode: end.exitCode,
    stdout: '',
    output: tailOf(text),
    ended: describeEnd({ ...end, timeoutMs }),
  };
}

/** Throws CONFIG_INVALID for a command that no shell understands, PROGRAM_MISSING where its first program is not there. */
export async function requireCommand(
  command: string,
  {
    setting,
    context,
    ownPaths,
  }: { readonly setting: string; readonly context: StateContext; readonly ownPaths: readonly string[] },
): Promise<void> {
  const { component, signal } = context;
  const fields = { component, setting, command };
  const given = { timeoutMs: LOOK_MS, signal };
  const parsed = await runProgram(SHELL, ['-n', '-c', command], given);
  checkAborted(signal);
  if (parsed.exitCode !== 0) {
    throw new SavepointError(
      'CONFIG_INVALID',
      `The setting '${setting}' of ${component} is no command that a shell understands: ${parsed.stderr}. Write it as sh -c takes it.`,
      { fields },
    );
  }
  const program = FIRST_WORD.exec(command)?.[1];
  // One of the component's own files may be about to come back.
  if (program === undefined || ownPaths.some((path) => isWithin(program, path))) return;
  const found = await runProgram(SHELL, ['-c', 'command -v -- "$1"', 'sh', program], given);
  checkAborted(signal);
  if (found.exitCode === 0) return;
  throw new SavepointError(
    'PROGRAM_MISSING',
    `There is no program '${program}', with which the setting '${setting}' of ${component} begins; install it and repeat.`,
    { fields: { ...fields, program } },
  );
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory.replace(/\/+$/, '')}/`);
}

function describeEnd(end: {
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  readonly timeoutMs: number;
}): string {
  if (end.timedOut) return `was not done after ${end.timeoutMs / 1000} s and was ended`;
  return end.exitCode === undefined ? 'was killed' : `ended with exit code ${end.exitCode}`;
}

/** It may have been ended before it could make the file. */
function readTail(file: string): string {
  if (!existsSync(file)) return '';
  const descriptor = openSync(file, 'r');
  try {
    const tail = Buffer.alloc(MOST_OUTPUT_CHARACTERS);
    const start = Math.max(0, fstatSync(descriptor).size - tail.length);
    return tail.toString('utf8', 0, readSync(descriptor, tail, 0, tail.length, start));
  } finally {
    closeSync(descriptor);
  }
}

function tailOf(text: string): string {
  return text.slice(-MOST_OUTPUT_CHARACTERS).trim();
}
