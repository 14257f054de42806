// Compares what is planned with what stands there, and decides what happens to each file and link, and what is in the way.
import { dirname } from 'node:path';
import { missingDirectories } from '../composition.js';
import type { FoundFile, FoundInstallation, FoundLink } from './inspect-host.js';
import type { InstallationPlan } from './plan-installation.js';
import { deepestFirst, directoriesOf, sealFile } from './written-file.js';

/** `updated` takes the place of what an earlier installation wrote; `removed` is no longer part of it. */
export type FileDeed = 'written' | 'updated' | 'unchanged' | 'removed';
export type LinkDeed = Exclude<FileDeed, 'updated'>;

export interface DecidedFile {
  readonly found: FoundFile;
  readonly did: FileDeed;
  /** As it is to be; missing of a file that is removed. */
  readonly content?: string;
}

export interface DecidedLink {
  readonly found: FoundLink;
  readonly did: LinkDeed;
}

export interface Conflict {
  readonly path: string;
  readonly message: string;
}

export interface Decided {
  readonly files: readonly DecidedFile[];
  readonly links: readonly DecidedLink[];
  readonly conflicts: readonly Conflict[];
}

/** With `force`, a file of ours that was edited is in nobody's way. */
export function decideInstallation(
  found: FoundInstallation,
  plan: InstallationPlan,
  force: boolean,
): Decided {
  const files = found.files.flatMap((file) => decideFile(file, { files: plan.files, links: found.links }));
  const links = found.links.flatMap((link) => decideLink(link, plan));
  const foreign = [...files, ...links].filter((each) => each.found.state === 'foreign');
  const edited = files.filter((file) => file.found.state === 'edited' && !force);
  const conflicts = [
    ...foreign.map((each) =>
      conflictOf(
        each.found,
        "is there already, and 'savepoint install' did not write it: move it away, and repeat.",
      ),
    ),
    ...edited.map((each) =>
      conflictOf(
        each.found,
        "was changed since 'savepoint install' wrote it: keep a copy, and repeat with --force.",
      ),
    ),
  ];
  return { files, links, conflicts };
}

interface DecidingPlan extends Pick<InstallationPlan, 'files'>, Pick<FoundInstallation, 'links'> {}

function decideFile(found: FoundFile, plan: DecidingPlan): DecidedFile[] {
  const { path, state, bytes } = found;
  const planned = plan.files.find((file) => file.path === path);
  const former = state === 'ours' || state === 'edited' ? bytes?.toString() : undefined;
  if (planned === undefined) return former === undefined ? [] : [{ found, did: 'removed' }];
  const content = sealFile(
    planned.body,
    former === undefined ? missingFor(found, plan) : directoriesOf(former),
  );
  if (former === undefined) return [{ found, did: 'written', content }];
  return [{ found, did: former === content ? 'unchanged' : 'updated', content }];
}

/** The directories that a file and the link to it need, and that are not there. */
function missingFor({ path, located }: FoundFile, { links }: DecidingPlan): string[] {
  const prefix = located.length - path.length;
  const link = links.find(({ target }) => target === path);
  const missing = [located, ...(link === undefined ? [] : [link.located])].flatMap((place) =>
    missingDirectories(dirname(place)),
  );
  return [...new Set(missing)].map((directory) => directory.slice(prefix)).sort(deepestFirst);
}

function decideLink(found: FoundLink, { files }: Pick<InstallationPlan, 'files'>): DecidedLink[] {
  const isThere = found.state === 'ours';
  if (files.some(({ path }) => path === found.target))
    return [{ found, did: isThere ? 'unchanged' : 'written' }];
  return isThere ? [{ found, did: 'removed' }] : [];
}

function conflictOf({ path, located }: FoundFile | FoundLink, reason: string): Conflict {
  return { path, message: `${located} ${reason}` };
}
