// Makes the packages what the prepared change says: one run of apt-get for all of them, then what apt does not know of. The live
// state is read again before each part, so that a run that was ended in the middle goes on where it was.
import { readdirSync } from 'node:fs';
import type { ApplyContext, StateProblem } from '../state/state-adapter.js';
import type { ProgramResult } from '../system/run-program.js';
import { packageKey, packageWord } from './dpkg-database.js';
import { waitUntilUnlocked } from './dpkg-lock.js';
import { exchangePackages, type PackageRun } from './exchange-packages.js';
import { restoreAttributes } from './package-attributes.js';
import type { PackageDocument } from './package-document.js';
import { describeFailures } from './package-problems.js';
import { type PreparedApt, readInvolved, runnerOf } from './prepared-packages.js';
import { readBrokenPackages, readForeignArchitectures } from './read-packages.js';
import { recordConffiles } from './record-conffiles.js';
import type { PackageRunner } from './run-apt.js';
import { withServicePolicy } from './service-policy.js';

/** So long may what an attempt before this one has begun be at work. */
const WAIT_MS = 30 * 60_000;
const UPDATES = '/var/lib/dpkg/updates';

export async function applyApt(prepared: PreparedApt, context: ApplyContext): Promise<StateProblem[]> {
  await waitUntilUnlocked(WAIT_MS);
  // Nobody stops dpkg in the middle: what was decided is done.
  const runner = runnerOf(context, prepared);
  const failures: ProgramResult[] = [];
  const note = (result: ProgramResult) => {
    if (result.exitCode !== 0) failures.push(result);
  };
  await withServicePolicy(async () => {
    // What was ended in the middle is brought to an end first: apt refuses to begin otherwise. Whether it fails does not
    // matter, as what fails may be just what is going to be replaced.
    if (await isInterrupted()) await runner.dpkg(['--configure', '--pending']);
    await addArchitectures(prepared, runner);
    await exchangePackages(prepared, { runner, context, note });
    await purgeRests(prepared, { runner, note });
    await removeArchitectures(prepared, runner);
    await setMarks(prepared, { runner, note });
    if (failures.length === 0) await recordConffiles(await documentsToRecord(prepared));
    restoreAttributes(prepared.packages);
  });
  const problems = [
    ...(await finishArchitectures(prepared, context)),
    ...describeFailures(prepared, await readInvolved(prepared), failures),
  ];
  const failed = new Set(problems.map(({ object }) => object));
  for (const { change } of prepared.packages) {
    const object = `package ${packageKey((change.to ?? change.from) as PackageDocument)}`;
    if (!failed.has(object)) context.done({ object });
  }
  return problems;
}

async function isInterrupted(): Promise<boolean> {
  return readdirSync(UPDATES).length > 0 || (await readBrokenPackages()).length > 0;
}

/** What was not there at all is to leave nothing behind, be it removed by now or before. */
async function purgeRests(prepared: PreparedApt, { runner, note }: PackageRun): Promise<void> {
  const live = await readInvolved(prepared);
  const rests = prepared.packages.flatMap(({ change }) => {
    if (change.to !== undefined || change.from === undefined) return [];
    const there = live.get(packageKey(change.from));
    return there?.dpkg.state === 'config-files' ? [packageWord(change.from)] : [];
  });
  if (rests.length > 0) note(await runner.dpkg(['--purge', ...rests]));
}

async function addArchitectures({ architectures }: PreparedApt, runner: PackageRunner): Promise<void> {
  for (const each of architectures?.to ?? []) {
    if (!architectures?.from.includes(each)) await runner.dpkg(['--add-architecture', each]);
  }
}

async function removeArchitectures({ architectures }: PreparedApt, runner: PackageRunner): Promise<void> {
  for (const each of architectures?.from ?? []) {
    if (!architectures?.to.includes(each)) await runner.dpkg(['--remove-architecture', each]);
  }
}

/** dpkg keeps an architecture as long as there are packages of it. */
async function finishArchitectures(
  { architectures }: PreparedApt,
  context: ApplyContext,
): Promise<StateProblem[]> {
  if (architectures === undefined) return [];
  const object = 'foreign architectures';
  const [found, wanted] = [await readForeignArchitectures(), architectures.to];
  if (found.join(' ') !== wanted.join(' ')) {
    const message = `are ${found.join(' ') || 'none'}, and were to be ${wanted.join(' ') || 'none'}: see 'dpkg --list' for packages that need them, and 'dpkg --remove-architecture'.`;
    return [{ object, code: 'STATE_REFUSED', message }];
  }
  context.done({ object });
  return [];
}

/** Holds, and who asked for a package; only what differs is set. */
async function setMarks(prepared: PreparedApt, { runner, note }: PackageRun): Promise<void> {
  const live = await readInvolved(prepared);
  const wrong = prepared.packages.flatMap(({ change: { to } }) => {
    const there = to === undefined ? undefined : live.get(packageKey(to));
    return to === undefined || there === undefined ? [] : [{ to, is: there.document }];
  });
  for (const [automatic, word] of [
    [true, 'auto'],
    [false, 'manual'],
  ] as const) {
    const named = wrong.filter(({ to, is }) => to.automatic === automatic && is.automatic !== automatic);
    const installed = named.filter(({ is }) => is.state !== 'config-files');
    if (installed.length > 0)
      note(await runner.aptMark([word, ...installed.map(({ to }) => packageWord(to))]));
  }
  const selections = wrong.filter(({ to, is }) => to.selection !== is.selection);
  if (selections.length === 0) return;
  const lines = selections.map(({ to }) => `${packageWord(to)} ${to.selection}\n`);
  note(await runner.dpkg(['--set-selections'], lines.join('')));
}

/** Those whose configuration files the database has otherwise than the point. */
async function documentsToRecord(prepared: PreparedApt): Promise<PackageDocument[]> {
  const live = await readInvolved(prepared);
  return prepared.packages.flatMap(({ change: { to } }) => {
    const there = to === undefined ? undefined : live.get(packageKey(to));
    if (to === undefined || there === undefined || there.document.version !== to.version) return [];
    const differs = Object.entries(to.conffiles).some(
      ([path, hash]) => there.document.conffiles[path] !== hash,
    );
    return differs ? [to] : [];
  });
}
