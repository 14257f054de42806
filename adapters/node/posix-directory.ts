// Opening without being led astray: no symbolic link in the last component is followed, and a walk through open
// directories follows none at all. Descriptors from here are closed with `closeDescriptor`, not by node:fs.
import { constants } from 'node:fs';
import { posixCalls, requireSuccess } from './posix-calls.js';
import { descriptorPath, type Entry } from './posix-place.js';

/** No program that is started inherits such a descriptor. */
export const O_CLOEXEC = 0o2000000;
const ALWAYS = constants.O_NOFOLLOW | O_CLOEXEC;

/**
 * Opens `entry` with `flags` (of node:fs's constants) and answers the descriptor. A symbolic link is not followed:
 * it fails with ELOOP. Node warns in workers when node:fs closes a descriptor that it did not open.
 */
export function openEntry(entry: Entry, flags: number, mode = 0): number {
  return requireSuccess(posixCalls().open(entry, flags | ALWAYS, mode), 'openat', entry);
}

/** Creates the regular file `entry` for writing; fails with EEXIST where anything, a dangling link too, has its name. */
export function createFile(entry: Entry, mode: number): number {
  return openEntry(entry, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
}

/** Opens the directory `entry`; fails with ENOTDIR where a symbolic link or something else stands there. */
export function openDirectory(entry: Entry): number {
  return openEntry(entry, constants.O_RDONLY | constants.O_DIRECTORY);
}

/**
 * Opens the directory at the slash-separated `path` beneath an open one, following no symbolic link on the way.
 * An empty path gives `directory` itself anew. Throws INVALID_NAME for a path that is not relative and plain.
 */
export function openDirectoryBeneath(directory: number, path: string): number {
  if (path === '') return openDirectory(`${descriptorPath(directory)}/.`);
  let current = directory;
  for (const name of path.split('/')) {
    const parent = current;
    try {
      current = openDirectory({ directory: parent, name });
    } finally {
      if (parent !== directory) closeDescriptor(parent);
    }
  }
  return current;
}

/** Closes a descriptor that came from this module. */
export function closeDescriptor(descriptor: number): void {
  requireSuccess(posixCalls().close(descriptor), 'close', descriptor);
}
