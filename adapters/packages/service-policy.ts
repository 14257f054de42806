// While the system boots, maintainer scripts must not start or restart services: they would come before what they need. invoke-rc.d
// asks /usr/sbin/policy-rc.d for it; one of ours is there for that time only, and one of the host's own is left alone.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { saysAbsent } from '../backends/storage-error.js';
import { runProgram } from '../system/run-program.js';

const POLICY = '/usr/sbin/policy-rc.d';
/** 101: the action is forbidden. */
const CONTENT = '#!/bin/sh\n# Made by savepoint for the time of a rollback during boot.\nexit 101\n';

/** Does `work` without services being touched by scripts, where the system is not up yet. */
export async function withServicePolicy<T>(work: () => Promise<T>): Promise<T> {
  removeServicePolicy();
  if (!existsSync(POLICY) && (await isBooting())) {
    writeFileSync(POLICY, CONTENT);
    chmodSync(POLICY, 0o755);
  }
  try {
    return await work();
  } finally {
    removeServicePolicy();
  }
}

/** Also what an attempt that was killed has left. */
export function removeServicePolicy(): void {
  try {
    if (readFileSync(POLICY, 'utf8') === CONTENT) rmSync(POLICY);
  } catch (error) {
    if (!saysAbsent(error)) throw error;
  }
}

async function isBooting(): Promise<boolean> {
  const { stdout } = await runProgram('systemctl', ['is-system-running']);
  return ['initializing', 'starting'].includes(stdout.toString('utf8').trim());
}
