// Runs programs for scenes: what fails ends the test.
import { execFileSync } from 'node:child_process';

/** What a program printed. */
export function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What a script of the shell printed. */
export const shell = (script) => run('sh', '-euc', script);
