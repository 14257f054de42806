// Makes sure that a change of packages can be made here and now, offline: nobody else is at it, every archive is at hand, there
// is room, and apt finds that the set fits together. Nothing in use is touched.
import { closeSync, copyFileSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { systemCode } from '../backends/storage-error.js';
import { syncFileSystem } from '../node/posix-storage.js';
import type { StageContext } from '../state/state-adapter.js';
import { toSystemError } from '../system/system-files.js';
import { cachedArchive } from './cached-archive.js';
import { checkArchive, writeArchive } from './debian-archive.js';
import { findDeviatingFiles } from './deviating-files.js';
import { isBroken, packageKey } from './dpkg-database.js';
import { checkUnlocked } from './dpkg-lock.js';
import { type AptChange, needsArchive, type SystemChange } from './package-change.js';
import { archiveStem, type PackageDocument, type PackedDocument } from './package-document.js';
import { archiveFile, type PreparedApt, type PreparedPackage, packagesOf } from './prepared-packages.js';
import { type LivePackages, readPackages } from './read-packages.js';
import { simulateTransaction } from './simulate-transaction.js';

export async function stageApt(changes: readonly AptChange[], context: StageContext): Promise<PreparedApt> {
  checkUnlocked();
  const live = await readPackages();
  checkSettled(live, changes);
  mkdirSync(archiveFile(context, ''), { recursive: true });
  const packages: PreparedPackage[] = [];
  const modified: string[] = [];
  const missing: PackageDocument[] = [];
  for (const change of packagesOf(changes)) {
    const { to } = change;
    if (to === undefined || !needsArchive(change)) {
      packages.push({ change });
      continue;
    }
    const archive = `${archiveStem(to)}.deb`;
    const written = await obtainArchive(to, archiveFile(context, archive), context);
    if (written === undefined) missing.push(to);
    const { packed } = written ?? {};
    modified.push(...(packed?.modified ?? []), ...(packed?.missing ?? []));
    packages.push({ change, archive, ...(packed === undefined ? {} : { attributes: packed.attributes }) });
  }
  requireArchives(missing);
  checkRoom(packages);
  const architectures = architecturesOf(changes);
  const known = [...new Set([live.system, ...(architectures?.documents ?? [])].flatMap(architectureList))];
  const prepared = {
    ...{ packages, known },
    ...(architectures === undefined ? {} : { architectures: architectures.change }),
  };
  await simulateTransaction({ ...prepared, deviating: [] }, context);
  syncStaging(archiveFile(context, ''));
  const involved = packages.flatMap(({ change }) => (change.from === undefined ? [] : [change.from]));
  const deviating = [...modified, ...(await findDeviatingFiles(involved))];
  return { ...prepared, deviating: [...new Set(deviating)].sort() };
}

/** Packages that are half done and that nothing is going to be done about. */
function checkSettled(live: LivePackages, changes: readonly AptChange[]): void {
  const covered = new Set(
    packagesOf(changes).map(({ from }) => (from === undefined ? '' : packageKey(from))),
  );
  const left = [...live.packages.values()]
    .map(({ dpkg }) => dpkg)
    .filter((each) => isBroken(each) && !covered.has(packageKey(each)));
  if (left.length === 0) return;
  const names = left.map((each) => `${packageKey(each)} (${each.state})`).join(', ');
  throw new SavepointError(
    'STATE_REFUSED',
    `Packages are installed by half: ${names}. Run 'dpkg --configure -a', see 'dpkg --audit', and repeat.`,
    { fields: { packages: left.map(packageKey) } },
  );
}

/** From the point, or from what apt still has. */
async function obtainArchive(
  document: PackageDocument,
  file: string,
  context: StageContext,
): Promise<{ packed?: PackedDocument } | undefined> {
  try {
    const written = await writeArchive(context.to, document, file);
    const cached = written === undefined ? cachedArchive(document) : undefined;
    if (cached !== undefined) copyFileSync(cached, file);
    if (written === undefined && cached === undefined) return undefined;
    await checkArchive(file, document);
    return written ?? {};
  } catch (error) {
    throw systemCode(error) === undefined ? error : toSystemError(error);
  }
}

function requireArchives(missing: readonly PackageDocument[]): void {
  if (missing.length === 0) return;
  const names = missing.map((each) => `${packageKey(each)} ${each.version}`).join(', ');
  const files = missing.map((each) => `${archiveStem(each)}.deb`).join(', ');
  throw new SavepointError(
    'STATE_REFUSED',
    `No archive is left of: ${names}. Put ${files} into /var/cache/apt/archives and repeat; points that are taken with 'repack: true' have all archives in them.`,
    { fields: { packages: missing.map((each) => ({ package: packageKey(each), version: each.version })) } },
  );
}

/** dpkg unpacks a package beside what it replaces. */
function checkRoom(packages: readonly PreparedPackage[]): void {
  const kib = packages.reduce(
    (sum, { change, archive }) => sum + (archive === undefined ? 0 : (change.to?.installedKib ?? 0)),
    0,
  );
  const { bavail, bsize } = statfsSync('/usr');
  const freeKib = Math.floor((bavail * bsize) / 1024);
  if (freeKib >= kib) return;
  throw new SavepointError(
    'STORAGE_FULL',
    `Unpacking the packages takes ${kib} KiB, and /usr has ${freeKib} KiB left: free space there and repeat.`,
    { fields: { path: '/usr', neededKib: kib, freeKib } },
  );
}

function architecturesOf(changes: readonly AptChange[]) {
  const change = changes.find((each): each is SystemChange => each.kind === 'architectures');
  if (change === undefined) return undefined;
  const { from, to } = change;
  return {
    documents: [from, to],
    change: { from: from.foreignArchitectures, to: to.foreignArchitectures },
  };
}

function architectureList({ architecture, foreignArchitectures }: SystemChange['from']): string[] {
  return [architecture, ...foreignArchitectures];
}

function syncStaging(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    syncFileSystem(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
