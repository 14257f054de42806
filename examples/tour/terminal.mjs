// Types commands into a shell in one directory, as a person would: shows each with its output, cut short, and its time.
// What is shown is what ran. A command that ends otherwise than expected is a TourError.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/program/savepoint.js', import.meta.url));
const MOST_LINES = 10;

/** Something on the tour is not as it must be. */
export class TourError extends Error {}

export class Terminal {
  /** How many checks were passed so far. */
  checks = 0;
  #directory;
  #environment;
  #signal;

  /**
   * @param {string} directory where commands run; it gets a `bin` with `savepoint` in it
   * @param {AbortSignal} signal ends the command that runs
   */
  constructor(directory, signal) {
    this.#directory = directory;
    this.#signal = signal;
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    const script = `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`;
    writeFileSync(join(bin, 'savepoint'), script, { mode: 0o755 });
    // The store is to be the one in this directory, whatever the user has set, and tools are to speak English.
    const { SAVEPOINT_STORE: _, ...inherited } = process.env;
    this.#environment = { ...inherited, LC_ALL: 'C', PATH: `${bin}${delimiter}${process.env.PATH}` };
  }

  /** @param {string} text what comes next, in a sentence */
  say(text) {
    process.stdout.write(`\n# ${text}\n`);
  }

  /**
   * @param {string} typed a shell command
   * @param {{ exitCodes?: readonly number[], mostLines?: number }} [expected]
   */
  async run(typed, { exitCodes = [0], mostLines = MOST_LINES } = {}) {
    process.stdout.write(`$ ${typed}\n`);
    const result = await this.#execute(typed);
    const lines = `${result.stdout}${result.stderr}`.split('\n').filter((line) => line !== '');
    const isExpected = exitCodes.includes(result.exitCode);
    const shown = isExpected && lines.length > mostLines ? lines.slice(0, mostLines - 1) : lines;
    for (const line of shown) process.stdout.write(`  ${line}\n`);
    if (shown.length < lines.length) process.stdout.write(`  … ${lines.length - shown.length} more lines\n`);
    process.stdout.write(`  (${result.seconds.toFixed(2)} s)\n`);
    if (!isExpected) throw new TourError(`'${typed}' ended with exit code ${result.exitCode}.`);
    return result;
  }

  /**
   * The answer of a command to `--json`, without showing it.
   * @param {string} typed
   */
  async ask(typed) {
    const { stdout, stderr, exitCode } = await this.#execute(`${typed} --json`);
    try {
      return JSON.parse(stdout);
    } catch (cause) {
      throw new TourError(`'${typed} --json' ended with exit code ${exitCode}: ${stderr}${stdout}`, {
        cause,
      });
    }
  }

  /**
   * @param {string} statement what must be so
   * @param {boolean} isSo
   * @param {string} [found] what is there instead
   */
  check(statement, isSo, found) {
    if (!isSo) throw new TourError(`Not so: ${statement}.${found === undefined ? '' : ` Found:\n${found}`}`);
    this.checks += 1;
    process.stdout.write(`  ✓ ${statement}\n`);
  }

  /**
   * Whether there is a program of that name.
   * @param {string} program
   */
  async has(program) {
    return (await this.#execute(`command -v ${program}`)).exitCode === 0;
  }

  /** @param {string} typed */
  async #execute(typed) {
    const started = performance.now();
    const child = spawn('sh', ['-c', typed], {
      cwd: this.#directory,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: this.#signal,
    });
    /** @type {Promise<{ exitCode: number | null, killedBy: string | null }>} */
    const ending = new Promise((resolve, reject) => {
      // A command that was started is waited for, even if it is to end: nothing may write here after the tour.
      child.once('error', (error) => child.pid === undefined && reject(error));
      child.once('close', (exitCode, killedBy) => resolve({ exitCode, killedBy }));
    });
    const [{ exitCode, killedBy }, stdout, stderr] = await Promise.all([
      ending,
      text(child.stdout),
      text(child.stderr),
    ]);
    this.#signal.throwIfAborted();
    if (exitCode === null) throw new TourError(`'${typed}' was ended by ${killedBy}.`);
    return { stdout, stderr, exitCode, seconds: (performance.now() - started) / 1000 };
  }
}
