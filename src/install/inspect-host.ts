// What stands under the names that `savepoint install` uses: nothing, what it wrote, that with an operator's changes, or
// something else, which is nobody's to touch.
import { dirname, resolve } from 'node:path';
import { findSystemFile, removeAbandonedFiles } from '../composition.js';
import type { HostRoot } from './host-root.js';
import { enablingLink, FILE_PATHS, UNITS } from './installed-paths.js';
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
  const files = FILE_PATHS.map((path) => inspectFile(host, path));
  const links = UNITS.flatMap((unit) => {
    const link = enablingLink(unit);
    return link === undefined ? [] : [inspectLink(host, { unit: unit.name, ...link }, files)];
  });
  return { files, links };
}

/** Removes what an installation that was killed left unfinished. */
export function tidyHost({ files }: FoundInstallation): void {
  removeAbandonedFiles(new Set(files.map(({ located }) => dirname(located))));
}

function inspectFile(host: HostRoot, path: string): FoundFile {
  const located = host.locate(path);
  const found = findSystemFile(located);
  if (found.kind === 'nothing') return { path, located, state: 'absent' };
  if (found.kind !== 'file') return { path, located, state: 'foreign' };
  const { bytes } = found;
  return { path, located, state: ownershipOf(bytes.toString()), bytes };
}

/** Who has a unit of that name has the link to it, too. */
function inspectLink(
  host: HostRoot,
  link: Pick<FoundLink, 'unit' | 'path' | 'target'>,
  files: readonly FoundFile[],
): FoundLink {
  const located = host.locate(link.path);
  const found = findSystemFile(located);
  if (found.kind === 'nothing') return { ...link, located, state: 'absent' };
  const leadsThere = found.kind === 'link' && resolve(dirname(link.path), found.target) === link.target;
  const isOurs = leadsThere && !files.some(({ path, state }) => path === link.target && state === 'foreign');
  return { ...link, located, state: isOurs ? 'ours' : 'foreign' };
}
