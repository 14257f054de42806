// Talks to systemd, where it runs this host.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface ManagerResult {
  readonly ok: boolean;
  /** What it said, or why it can't be asked. */
  readonly output: string;
}

/** A unit may take its time to stop. */
const TIMEOUT_MS = 300_000;

/** Whether systemd runs this host, by the sign that sd_booted(3) goes by. */
export function isBooted(): boolean {
  return existsSync('/run/systemd/system');
}

/** Whether systemd runs this host, and there is a program to talk to it. */
export function isManaged(): boolean {
  return isBooted() && askManager(['--version']).ok;
}

export function askManager(args: readonly string[]): ManagerResult {
  const { status, stdout, stderr, error, signal } = spawnSync('systemctl', ['--no-ask-password', ...args], {
    ...{ encoding: 'utf8', timeout: TIMEOUT_MS, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  if (error !== undefined) return { ok: false, output: error.message };
  const output = `${stdout}${stderr}`.trim();
  return { ok: status === 0, output: status === null ? `it was ended by ${signal}. ${output}` : output };
}
