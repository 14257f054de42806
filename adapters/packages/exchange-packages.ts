// Makes the installed packages those that were recorded, in one run of apt-get. What a killed run has left so broken that apt
// would not touch it is mended before, by dpkg alone.
import type { ApplyContext } from '../state/state-adapter.js';
import type { ProgramResult } from '../system/run-program.js';
import { isSettled, packageKey, packageWord } from './dpkg-database.js';
import { bringConffilesBack, setConffilesAside } from './obsolete-conffiles.js';
import { isSameBuild, lacksConffile } from './package-change.js';
import type { PackageDocument } from './package-document.js';
import {
  archiveFile,
  type PreparedApt,
  type PreparedPackage,
  readInvolved,
  transactionWords,
} from './prepared-packages.js';
import type { PackageMap } from './read-packages.js';
import { APT_FLAGS, type PackageRunner } from './run-apt.js';

export interface PackageRun {
  readonly runner: PackageRunner;
  /** Takes down how a program ended, for what is said of packages that are not what they were to be. */
  note(result: ProgramResult): void;
}

export async function exchangePackages(
  prepared: PreparedApt,
  run: PackageRun & { readonly context: ApplyContext },
): Promise<void> {
  const { runner, context, note } = run;
  const first = await findDuties(prepared);
  const coming = first.filter(({ duty }) => duty === 'install' || duty === 'unpack');
  const named = coming.map(({ each }) => each);
  await setConffilesAside(named, prepared, context);
  for (const { each, duty } of first) {
    if (duty === 'unpack') await unpack(each, run);
    if (duty === 'force away') await removeByForce(each, run);
  }
  const transacted = (await findDuties(prepared)).filter(
    ({ duty }) => duty === 'install' || duty === 'remove',
  );
  if (transacted.length > 0) {
    const words = transactionWords(
      transacted.map(({ each }) => each),
      context,
    );
    note(await runner.aptGet([...APT_FLAGS, 'install', ...words]));
  }
  if ((await findDuties(prepared)).some(({ duty }) => duty === 'configure')) {
    note(await runner.dpkg(['--configure', '--pending']));
  }
  if (named.length > 0) await bringConffilesBack(prepared, await readInvolved(prepared), context);
}

type Duty = 'none' | 'remove' | 'force away' | 'install' | 'unpack' | 'configure';

async function findDuties(prepared: PreparedApt): Promise<{ each: PreparedPackage; duty: Duty }[]> {
  const live = await readInvolved(prepared);
  return prepared.packages.map((each) => ({ each, duty: dutyOf(each, live) }));
}

/** What is still to be done about a package. */
function dutyOf({ change, archive }: PreparedPackage, live: PackageMap): Duty {
  const { from, to } = change;
  const there = live.get(packageKey((to ?? from) as PackageDocument));
  const isUnusable = there?.dpkg.flag === 'reinstreq' || there?.dpkg.state === 'half-installed';
  const isThere = there !== undefined && there.dpkg.state !== 'config-files';
  if (to === undefined || to.state === 'config-files') {
    if (!isThere) return 'none';
    return isUnusable ? 'force away' : 'remove';
  }
  if (!isThere) return archive === undefined ? 'none' : 'install';
  const isAsWanted = isSameBuild(there.document, to) && !lacksConffile(there.document, to);
  if (archive === undefined || (isAsWanted && !isUnusable)) {
    return isSettled(there.dpkg) ? 'none' : 'configure';
  }
  return isUnusable || there.dpkg.version === to.version ? 'unpack' : 'install';
}

/**
 * The same version again, or one in the place of a package whose unpacking was ended in the middle: apt wants the archive of the
 * very version that was unpacked then, which nobody has.
 */
async function unpack(
  { archive = '' }: PreparedPackage,
  { runner, context, note }: PackageRun & { readonly context: ApplyContext },
): Promise<void> {
  note(await runner.dpkg(['--force-depends', '--unpack', archiveFile(context, archive)]));
}

async function removeByForce({ change }: PreparedPackage, { runner, note }: PackageRun): Promise<void> {
  const force = ['--force-depends', '--force-remove-reinstreq', '--force-remove-essential'];
  const word = packageWord((change.from ?? change.to) as PackageDocument);
  note(await runner.dpkg([...force, change.to === undefined ? '--purge' : '--remove', word]));
}
