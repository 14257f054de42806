// Looks at packages by dpkg's own means: after a change, and for the health of the host.
import { readdirSync } from 'node:fs';
import type { StateHealth, StateProblem } from '../state/state-adapter.js';
import { programError, runProgram } from '../system/run-program.js';
import { findDeviatingFiles } from './deviating-files.js';
import { packageKey } from './dpkg-database.js';
import type { PreparedApt } from './prepared-packages.js';
import { readBrokenPackages } from './read-packages.js';

/** What is worse than it was, or is to be. */
export async function verifyApt(prepared: PreparedApt): Promise<StateProblem[]> {
  const there = prepared.packages.flatMap(({ change: { to } }) =>
    to === undefined || to.state === 'config-files' ? [] : [to],
  );
  const known = new Set(prepared.deviating);
  const found = (await findDeviatingFiles(there)).filter((path) => !known.has(path));
  const deviations = found.map((path) => ({
    object: `file ${path}`,
    code: 'VALIDATION_FAILED',
    message: "is not as its package has it: see 'dpkg --verify', and install the package again.",
  }));
  return [...(await auditPackages()), ...deviations];
}

export async function aptHealth(): Promise<StateHealth> {
  const problems = await auditPackages();
  return { level: problems.length === 0 ? 'healthy' : 'unhealthy', problems };
}

/** Packages that are half done, and whatever else dpkg complains of. */
async function auditPackages(): Promise<StateProblem[]> {
  const broken = (await readBrokenPackages()).map((each) => ({
    object: `package ${packageKey(each)}`,
    code: 'VALIDATION_FAILED',
    message: `is ${each.state}: run 'dpkg --configure -a', and see 'dpkg --audit'.`,
  }));
  if (broken.length > 0) return broken;
  if (readdirSync('/var/lib/dpkg/updates').length > 0) {
    const message = "was changed by a dpkg that was interrupted: run 'dpkg --configure -a'.";
    return [{ object: 'package database', code: 'VALIDATION_FAILED', message }];
  }
  const result = await runProgram('dpkg', ['--audit']);
  if (result.isMissing) throw programError('dpkg', ['--audit'], result);
  const words = result.stdout.toString('utf8').replace(/\s+/g, ' ').trim();
  if (words === '') return [];
  return [{ object: 'package database', code: 'VALIDATION_FAILED', message: `is not sound: ${words}` }];
}
