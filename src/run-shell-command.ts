// Runs a command of the configuration, as `sh -c` takes it: bounded in time and in what is kept of its output.
import { spawn } from 'node:child_process';
import { killGroup } from './composition.js';

export interface ShellResult {
  /** The exit code; missing where it was killed. */
  readonly exitCode: number | undefined;
  /** Whether it was killed for taking longer than it may. */
  readonly timedOut: boolean;
  /** The end of what it printed, on stdout and stderr together. */
  readonly output: string;
}

/** What went wrong, to stand behind the command's name; `undefined` where it succeeded. */
export function describeFailure(
  { exitCode, timedOut, output }: ShellResult,
  timeoutMs: number,
): string | undefined {
  if (exitCode === 0) return undefined;
  const said = output === '' ? '' : `: ${output}`;
  if (timedOut) return `was not done after ${timeoutMs / 1000} s${said}`;
  return exitCode === undefined ? `was killed${said}` : `ended with exit code ${exitCode}${said}`;
}

const NOT_STARTED = 127;
const MOST_OUTPUT_BYTES = 4096;

/**
 * Runs `command` in `directory`, else in the root directory, without input. After `timeoutMs` it is killed, with all processes that it started
 * and that did not leave its group. Where no shell can be started, the exit code is 127, as a shell has it.
 */
export function runShellCommand(
  command: string,
  options: { readonly timeoutMs: number; readonly directory?: string; readonly signal?: AbortSignal },
): Promise<ShellResult> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], {
      ...{ cwd: options.directory ?? '/', stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    });
    let output = Buffer.alloc(0);
    const take = (bytes: Buffer) => {
      output = Buffer.concat([output, bytes]).subarray(-MOST_OUTPUT_BYTES);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    let timedOut = false;
    const kill = () => killGroup(child.pid);
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', kill);
    const tidyUp = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      // What it left running may hold the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    child.once('error', (error) => {
      tidyUp();
      resolve({ exitCode: NOT_STARTED, timedOut: false, output: error.message });
    });
    child.once('exit', (code) => {
      // Its last words may still be in the pipes.
      setImmediate(() => {
        tidyUp();
        resolve({ exitCode: code ?? undefined, timedOut, output: output.toString('utf8').trim() });
      });
    });
  });
}
