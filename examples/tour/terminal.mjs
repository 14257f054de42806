// Types commands into a shell in one directory, as a person would: shows each with its output, cut short, and its time.
// What is shown is what ran. A command that ends otherwise than expected is a TourError.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const MOST_LINES = 10;

/** Something on the tour is not as it must be. */
export class TourError extends Error {}

export class Terminal {
  /** How many checks were passed so far. */
  checks = 0;
  #directory;
  #environment;

  /** @param {string} directory where commands run; it gets a `bin` with `savepoint` in it */
  constructor(directory) {
    this.#directory = directory;
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'savepoint'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    chmodSync(join(bin, 'savepoint'), 0o755);
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
  run(typed, { exitCodes = [0], mostLines = MOST_LINES } = {}) {
    process.stdout.write(`$ ${typed}\n`);
    const result = this.#execute(typed);
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
  ask(typed) {
    const { stdout, stderr, exitCode } = this.#execute(`${typed} --json`);
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

  /** @param {string} typed */
  #execute(typed) {
    const started = performance.now();
    const { stdout, stderr, status, signal, error } = spawnSync('sh', ['-c', typed], {
      cwd: this.#directory,
      env: this.#environment,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const seconds = (performance.now() - started) / 1000;
    if (error !== undefined) throw new TourError(`'${typed}' cannot run: ${error.message}`, { cause: error });
    if (status === null) throw new TourError(`'${typed}' was ended by ${signal}.`);
    return { stdout, stderr, exitCode: status, seconds };
  }
}
