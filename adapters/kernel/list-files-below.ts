// Lists what the kernel shows below a directory. Devices come and go meanwhile: what is gone is not listed.
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tolerate } from '../backends/storage-error.js';

/** Paths of all files below `root`, relative to it, in order; `enters` says of a directory whether to look into it. */
export function* listFilesBelow(
  root: string,
  enters: (path: string) => boolean = () => true,
  directory = '',
): Iterable<string> {
  for (const entry of listEntries(join(root, directory))) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (!entry.isDirectory()) yield path;
    else if (enters(path)) yield* listFilesBelow(root, enters, path);
  }
}

/** In order; none where the directory is not there. */
export function listEntries(directory: string): Dirent[] {
  const entries = tolerate(['ENOENT', 'ENOTDIR'], () => readdirSync(directory, { withFileTypes: true }));
  return (entries ?? []).sort((left, right) => (left.name < right.name ? -1 : 1));
}
