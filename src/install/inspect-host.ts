// What stands under the names that `savepoint install` uses: nothing, what it wrote, that with an operator's changes, or
// something else, which is nobody's to touch.
import { dirname, resolve } from 'node:path';
import { findSystemFile, removeAbandonedFiles } from '../composition.js';
import type { HostRoot } from './host-root.js';
import { enablingLink, FILE_PATHS, UNITS, unitPath } from './installed-paths.js';
import { type Ownership, ownershipOf } from './written-file.js';

export interface FoundFile {
  /** In the root. */
  readonly path: string;
  /** On this host. */
  readonly located: string;
  readonly state: Ownership | 'absent';
  /** The content of a file of ours. */
  readonly bytes?: Buffer;
}

export interface FoundLink {
  readonly unit: string;
  readonly path: string;
  readonly located: string;
  readonly target: string;
  readonly state: 'ours' | 'foreign' | 'absent';
}

export interface FoundInstallation {
  readonly files: readonly FoundFile[];
  readonly links: readonly FoundLink[];
}

/** Throws TARGET_CONFLICT where a name leads out of the root, PERMISSION_DENIED. */
export function inspectHost(host: HostRoot): FoundInstallation {
  return {
    files: FILE_PATHS.map((path) => inspectFile(host, path)),
    links: UNITS.flatMap((unit) => {
      const link = enablingLink(unit);
      return link === undefined ? [] : [inspectLink(host, { unit: unit.name, ...link })];
    }),
  };
}

/** Removes what an installation that was killed left unfinished. */
export function tidyHost({ files }: FoundInstallation): void {
  removeAbandonedFiles(new Set(files.map(({ located }) => dirname(located))));
}

/** Whether the file of a unit, which may be gone, is not that of somebody else. */
export function isOurUnit({ files }: FoundInstallation, unit: string): boolean {
  return files.some(({ path, state }) => path === unitPath(unit) && state !== 'foreign');
}

function inspectFile(host: HostRoot, path: string): FoundFile {
  const located = host.locate(path);
  const found = findSystemFile(located);
  if (found.kind === 'nothing') return { path, located, state: 'absent' };
  if (found.kind !== 'file') return { path, located, state: 'foreign' };
  const { bytes } = found;
  return { path, located, state: ownershipOf(bytes.toString()), bytes };
}

function inspectLink(host: HostRoot, link: Pick<FoundLink, 'unit' | 'path' | 'target'>): FoundLink {
  const located = host.locate(link.path);
  const found = findSystemFile(located);
  if (found.kind === 'nothing') return { ...link, located, state: 'absent' };
  const isOurs = found.kind === 'link' && resolve(dirname(link.path), found.target) === link.target;
  return { ...link, located, state: isOurs ? 'ours' : 'foreign' };
}
