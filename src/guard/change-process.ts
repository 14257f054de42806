// Runs the command of a guarded change in the foreground, as the shell would: on the same terminal, in the same group of
// processes, so that it can ask, and be interrupted, as ever.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { SavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { markedEnvironment } from './guard-mark.js';

export interface CommandOptions {
  readonly id: OperationId;
  /** Where its output goes: to where this program's goes, or all of it to stderr. */
  readonly output: 'inherit' | 'stderr';
  /** Asks the command to end. */
  readonly signal?: AbortSignal;
  readonly onStart: (pid: number) => void;
}

/** How a command ended: by itself, or by a signal. Where it was not there, `notStarted` says why. */
export type CommandEnd =
  | { readonly exitCode: number }
  | { readonly signal: NodeJS.Signals }
  | { readonly notStarted: SavepointError };

/** What a terminal sends to all of its foreground is the command's affair; what is sent to this process alone is handed on. */
const HANDED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const STDERR = 2;

export function runCommand(words: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  const { id, output, signal: stop, onStart } = options;
  const [program = '', ...rest] = words;
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      stdio: ['inherit', output === 'stderr' ? STDERR : 'inherit', 'inherit'],
      env: markedEnvironment(id),
    });
    const handOn = (signal: NodeJS.Signals) => {
      // The terminal has sent it to the command, too.
      if (signal !== 'SIGTERM' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of HANDED_ON) process.on(signal, handOn);
    const end = () => child.kill('SIGTERM');
    stop?.addEventListener('abort', end, { once: true });
    const tidyUp = () => {
      stop?.removeEventListener('abort', end);
      for (const signal of HANDED_ON) process.off(signal, handOn);
    };
    let isStarted = false;
    child.once('spawn', () => {
      isStarted = true;
      onStart(child.pid as number);
    });
    // One that has started says by this only that it took no signal, as one of another user does.
    child.on('error', (error) => {
      if (isStarted) return;
      tidyUp();
      resolve({ notStarted: notStarted(program, error) });
    });
    child.once('exit', (code, signal) => {
      tidyUp();
      resolve(signal === null ? { exitCode: code ?? 0 } : { signal });
    });
  });
}

/** Whether a command was ended from outside: a shell reports that as 128 and the number of the signal. */
export function endedBySignal(end: CommandEnd): NodeJS.Signals | undefined {
  if ('signal' in end) return end.signal;
  if (!('exitCode' in end)) return undefined;
  return HANDED_ON.find((signal) => end.exitCode === 128 + constants.signals[signal]);
}

function notStarted(program: string, cause: Error): SavepointError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const isDenied = code === 'EACCES' || code === 'EPERM';
  return new SavepointError(
    isDenied ? 'PERMISSION_DENIED' : 'PATH_NOT_FOUND',
    `The command '${program}' can't be started (${code}); nothing was changed. Correct it, and repeat.`,
    { fields: { command: program }, cause },
  );
}
