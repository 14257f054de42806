// What is journaled of a change of packages: plain data, and archives in the directory of the attempt.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { AttemptContext } from '../state/state-adapter.js';
import { packageKey, packageWord } from './dpkg-database.js';
import type { AptChange, PackageChange } from './package-change.js';
import type { PackageDocument, PackedDocument } from './package-document.js';
import { type PackageMap, readNamedPackages } from './read-packages.js';
import { createRunner, type PackageRunner } from './run-apt.js';

export interface PreparedPackage {
  readonly change: PackageChange;
  /** The name of its archive in the directory of archives; missing where none is needed. */
  readonly archive?: string;
  /** As the archive that was packed has it. */
  readonly attributes?: PackedDocument['attributes'];
}

export interface PreparedApt {
  readonly packages: readonly PreparedPackage[];
  /** The machine's own first. */
  readonly architectures?: { readonly from: readonly string[]; readonly to: readonly string[] };
  /** All that packages may have while they are exchanged. */
  readonly known: readonly string[];
  /** Files of these packages that may differ from what the packages brought. */
  readonly deviating: readonly string[];
}

export function archiveFile(context: AttemptContext, name: string): string {
  return join(context.staging(), 'archives', name);
}

export function runnerOf(
  context: AttemptContext,
  { known }: Pick<PreparedApt, 'known'>,
  signal?: AbortSignal,
): PackageRunner {
  return createRunner({
    directory: join(context.staging(), 'apt'),
    architectures: known,
    signal,
  });
}

/** The packages of the change as they are now. */
export function readInvolved({ packages, known }: PreparedApt): Promise<PackageMap> {
  const documents = packages.flatMap(({ change: { from, to } }) => [from ?? [], to ?? []].flat());
  return readNamedPackages(documents.map(packageKey), known[0] ?? '');
}

export function packagesOf(changes: readonly AptChange[]): PackageChange[] {
  return changes.filter((change): change is PackageChange => change.kind === 'package');
}

/** Whether apt-get has something to do about it. The same version again is for dpkg: apt does not take that from a file. */
export function isTransacted({ change, archive }: PreparedPackage): boolean {
  const { from, to } = change;
  const isThere = from !== undefined && from.state !== 'config-files';
  if (to === undefined || to.state === 'config-files') return isThere;
  return archive !== undefined && !(isThere && from.version === to.version && isSameKey(from, to));
}

function isSameKey(left: PackageDocument, right: PackageDocument): boolean {
  return packageKey(left) === packageKey(right);
}

/** What apt-get is told: archives to install, and packages to remove. Throws STATE_REFUSED where an archive is gone. */
export function transactionWords(pending: readonly PreparedPackage[], context: AttemptContext): string[] {
  return pending.map(({ change, archive }) => {
    if (archive === undefined) return `${packageWord((change.from ?? change.to) as PackageDocument)}-`;
    const file = archiveFile(context, archive);
    if (existsSync(file)) return file;
    throw new SavepointError(
      'STATE_REFUSED',
      `The archive ${file} was made ready and is gone; run 'savepoint recover' again when it is back, or roll back anew.`,
      { fields: { path: file } },
    );
  });
}
