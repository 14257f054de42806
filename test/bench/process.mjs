// Runs one command, timed or not. GNU time reads CPU seconds and the peak from the kernel; the wall clock is ours.
// Peak memory is that of the largest single process among the command and its descendants, not their sum.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/**
 * @typedef {object} Command
 * @property {string[]} argv
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] besides the harness's own plain environment
 * @property {string} [output] the file that gets stdout; what is printed is dropped from the answer then
 *
 * @typedef {object} Measured
 * @property {number} wallSeconds
 * @property {number} userSeconds
 * @property {number} systemSeconds
 * @property {number} peakBytes
 * @property {string} stdout
 *
 * @typedef {{ signal?: AbortSignal | undefined, timeoutSeconds?: number }} RunOptions
 */

const GNU_TIME = '/usr/bin/time';
const OUTPUT_LIMIT_BYTES = 16 * 1024 ** 2;
const DEFAULT_TIMEOUT_SECONDS = 1800;

/** What every command sees: no user configuration, no locale, no store picked up from outside. */
const plainEnvironment = {
  PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
  HOME: '/nonexistent',
};

/** The caller's environment, for package managers: their proxies and settings are in it. */
export const callersEnvironment = /** @type {Record<string, string>} */ ({ ...process.env });

/** A command that could not be run, failed, or took too long. Its message is the last that the command itself said. */
export class CommandError extends Error {
  /** @param {{ argv: string[], reason: string, stdout: string, stderr: string }} detail */
  constructor({ argv, reason, stdout, stderr }) {
    const said = lastLine(stderr) || lastLine(stdout);
    const ending = `${basename(argv[0])} ${reason}`;
    super(said === '' ? ending : `${said} (${ending})`);
    this.name = 'CommandError';
    this.argv = argv;
  }
}

/** @param {string} text */
const lastLine = (text) => text.trim().split('\n').at(-1)?.trim() ?? '';

/**
 * Runs a command to its end and answers its stdout; throws `CommandError` where it fails.
 * @param {Command} command
 * @param {RunOptions} [options]
 */
export async function run(command, options = {}) {
  const { stdout } = await execute(command, command.argv, options);
  return stdout;
}

/**
 * Runs a command to its end and answers what it cost; throws `CommandError` where it fails.
 * @param {Command} command
 * @param {RunOptions} [options]
 * @returns {Promise<Measured>}
 */
export async function measure(command, options = {}) {
  const figures = scratchFile('time');
  try {
    const argv = [GNU_TIME, '-q', '-f', '%U %S %M', '-o', figures, '--', ...command.argv];
    const { stdout, wallSeconds } = await execute(command, argv, options);
    const [user, system, peakKib] = readFileSync(figures, 'utf8').trim().split(' ').map(Number);
    return { wallSeconds, userSeconds: user, systemSeconds: system, peakBytes: peakKib * 1024, stdout };
  } finally {
    rmSync(figures, { force: true });
  }
}

/**
 * @param {Command} command
 * @param {string[]} argv what is really started
 * @param {RunOptions} options
 */
async function execute(command, argv, options) {
  const stdoutPath = command.output ?? scratchFile('stdout');
  const stderrPath = scratchFile('stderr');
  const stdout = openSync(stdoutPath, 'w');
  const stderr = openSync(stderrPath, 'w');
  try {
    const started = performance.now();
    const child = spawn(argv[0], argv.slice(1), {
      cwd: command.cwd,
      env: { ...plainEnvironment, ...command.env },
      stdio: ['ignore', stdout, stderr],
      detached: true,
    });
    const reason = await ending(child, options);
    const wallSeconds = (performance.now() - started) / 1000;
    const printed = command.output === undefined ? readStart(stdoutPath) : '';
    if (reason === undefined) return { wallSeconds, stdout: printed };
    throw new CommandError({ argv: command.argv, reason, stdout: printed, stderr: readStart(stderrPath) });
  } finally {
    closeSync(stdout);
    closeSync(stderr);
    if (command.output === undefined) rmSync(stdoutPath, { force: true });
    rmSync(stderrPath, { force: true });
  }
}

/**
 * Waits for the end of `child`, and ends its whole process group on a signal or when its time is up.
 * @param {import('node:child_process').ChildProcess} child
 * @param {RunOptions} options
 * @returns {Promise<string | undefined>} why it failed, if it did
 */
function ending(child, { signal, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS }) {
  return new Promise((resolve) => {
    /** @type {string | undefined} */
    let stopped;
    const stop = (/** @type {string} */ reason) => {
      stopped = reason;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    const interrupt = () => stop('was interrupted');
    const timer = setTimeout(() => stop(`took longer than ${timeoutSeconds} s`), timeoutSeconds * 1000);
    const finish = (/** @type {string | undefined} */ reason) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
      resolve(stopped ?? reason);
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    child.once('error', (error) => finish(`could not be started (${error.message})`));
    child.once('exit', (code, killedBy) => finish(code === 0 ? undefined : `ended with ${killedBy ?? code}`));
    if (signal?.aborted) interrupt();
  });
}

/** @param {string} path */
function readStart(path) {
  const buffer = Buffer.alloc(Math.min(statSync(path).size, OUTPUT_LIMIT_BYTES));
  const file = openSync(path, 'r');
  const length = readSync(file, buffer, 0, buffer.length, 0);
  closeSync(file);
  return buffer.toString('utf8', 0, length);
}

let scratchFiles = 0;

/** @param {string} purpose */
function scratchFile(purpose) {
  scratchFiles += 1;
  return join(tmpdir(), `savepoint-bench-${process.pid}-${scratchFiles}.${purpose}`);
}
