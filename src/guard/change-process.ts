// Runs the command of a guarded change in the foreground, as the shell would: on the same terminal, in the same group of
// processes, so that it can ask, and be interrupted, as ever.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { SavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { GUARD_VARIABLE } from './guard-mark.js';

export interface CommandOptions {
  readonly id: OperationId;
  /** Where its output goes: to where this program's goes, or all of it to stderr. */
  readonly output: 'inherit' | 'stderr';
  /** Asks the command to end. */
  readonly signal?: AbortSignal;
}

/** How a command ended: by itself, or by a signal. */
export interface CommandEnd {
  /** As a shell has it: 128 and the signal's number where a signal ended it. */
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals;
}

/** What a terminal sends to all of its foreground is the command's affair; what is sent to this process alone is handed on. */
const HANDED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const STDERR = 2;

/** Throws PATH_NOT_FOUND and PERMISSION_DENIED where the command can't be started. */
export function runCommand(
  words: readonly string[],
  { id, output, signal: stop }: CommandOptions,
): Promise<CommandEnd> {
  const [program = '', ...rest] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      stdio: ['inherit', output === 'stderr' ? STDERR : 'inherit', 'inherit'],
      env: { ...process.env, [GUARD_VARIABLE]: id },
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
    child.once('error', (error) => {
      tidyUp();
      reject(notStarted(program, error));
    });
    child.once('exit', (code, signal) => {
      tidyUp();
      if (signal === null) resolve({ exitCode: code ?? 0 });
      else resolve({ exitCode: 128 + constants.signals[signal], signal });
    });
  });
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
