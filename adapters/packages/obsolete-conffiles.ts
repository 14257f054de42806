// Configuration files that a later version of a package has brought. An earlier one does not know them: dpkg would leave them
// where they are, and remember them as obsolete. Those that nobody has changed go before the earlier version comes.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ABSENT, tolerate } from '../backends/storage-error.js';
import type { AttemptContext } from '../state/state-adapter.js';
import { readProgram } from '../system/run-program.js';
import { packageKey } from './dpkg-database.js';
import type { PreparedApt, PreparedPackage } from './prepared-packages.js';
import type { PackageMap } from './read-packages.js';

/** Moves them into the directory of the attempt. */
export async function setConffilesAside(
  pending: readonly PreparedPackage[],
  prepared: PreparedApt,
  context: AttemptContext,
): Promise<void> {
  const kept = new Set(prepared.packages.flatMap(({ change: { to } }) => Object.keys(to?.conffiles ?? {})));
  for (const [path, hash] of pending.flatMap(broughtLater)) {
    if (kept.has(path) || findHash(path) !== hash) continue;
    const aside = asideOf(context);
    mkdirSync(aside, { recursive: true });
    await readProgram('cp', ['--archive', '--parents', '--', path, aside]);
    rmSync(path);
  }
}

/** Brings those back whose package has stayed as it was after all. */
export async function bringConffilesBack(
  { packages }: PreparedApt,
  live: PackageMap,
  context: AttemptContext,
): Promise<void> {
  for (const each of packages) {
    const { from } = each.change;
    const there = from === undefined ? undefined : live.get(packageKey(from));
    if (from === undefined || there?.document.version !== from.version) continue;
    for (const [path] of broughtLater(each)) {
      const aside = join(asideOf(context), path);
      const isGone = lstatSync(path, { throwIfNoEntry: false }) === undefined;
      if (isGone && findHash(aside) !== undefined) {
        await readProgram('cp', ['--archive', '--', aside, path]);
      }
    }
  }
}

function broughtLater({ change: { from, to }, archive }: PreparedPackage): [path: string, hash: string][] {
  if (archive === undefined || from === undefined || to === undefined) return [];
  return Object.entries(from.conffiles).filter(([path]) => to.conffiles[path] === undefined);
}

function findHash(path: string): string | undefined {
  const content = tolerate(ABSENT, () => (lstatSync(path).isFile() ? readFileSync(path) : undefined));
  return content && createHash('md5').update(content).digest('hex');
}

function asideOf(context: AttemptContext): string {
  return join(context.staging(), 'conffiles');
}
