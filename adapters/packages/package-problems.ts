// What is wrong with packages after a change, in words that say what to do about it.
import { statfsSync } from 'node:fs';
import type { StateProblem } from '../state/state-adapter.js';
import type { ProgramResult } from '../system/run-program.js';
import { isSettled, packageKey } from './dpkg-database.js';
import type { PackageDocument } from './package-document.js';
import type { PreparedApt, PreparedPackage } from './prepared-packages.js';
import type { PackageMap } from './read-packages.js';
import { lastWords } from './run-apt.js';

/** With less, no package can be unpacked. */
const LEAST_BYTES = 1 << 20;
const PLACES = ['/', '/usr', '/var'];

/** A problem for each package that is not what it was to be, with what the programs said last. */
export function describeFailures(
  { packages }: PreparedApt,
  live: PackageMap,
  failures: readonly ProgramResult[],
): StateProblem[] {
  const said = failures.map(lastWords).join('; ');
  const full = PLACES.find((place) => {
    const { bavail, bsize } = statfsSync(place);
    return bavail * bsize < LEAST_BYTES;
  });
  const wrong = packages.flatMap((each) => describeDifference(each, live) ?? []);
  return wrong.map(({ name, is }, index) => {
    // It is about the whole run, and said once.
    const reason = said === '' || index > 0 ? '' : ` (${said})`;
    const remedy =
      full === undefined
        ? "see 'dpkg --audit', mend what its scripts stumble over, and run 'dpkg --configure -a'"
        : `free space in ${full} and run 'dpkg --configure -a'`;
    const code = full === undefined ? 'PROGRAM_FAILED' : 'STORAGE_FULL';
    return { object: `package ${name}`, code, message: `${is}${reason}: ${remedy}.` };
  });
}

function describeDifference(
  { change: { from, to } }: PreparedPackage,
  packages: PackageMap,
): { name: string; is: string } | undefined {
  const name = packageKey((to ?? from) as PackageDocument);
  const there = packages.get(name);
  if (to === undefined) {
    if (there === undefined) return undefined;
    return { name, is: `is still there (${there.dpkg.version}, ${there.dpkg.state})` };
  }
  if (there === undefined) return { name, is: `is not there, and was to be ${to.version}` };
  const { version, state } = there.dpkg;
  const isAsWanted =
    to.state === 'config-files' ? state === 'config-files' : version === to.version && isSettled(there.dpkg);
  if (isAsWanted) return undefined;
  return { name, is: `is ${version} (${state}), and was to be ${to.version} (${to.state})` };
}
