// The staging directories of journaled changes: what they are called, and taking them away. Unlike those of a plain
// restore they outlive the process that made them: only the journal says when they are no longer needed.
import { isPosixError } from '../node/posix-error.js';
import { setTimes } from '../node/posix-ownership.js';
import { syncFileSystem } from '../node/posix-storage.js';
import type { ChangePlace } from './change-record.js';
import { withMountRoot } from './mount-root.js';
import { joinPath } from './node-path.js';
import { removeTree } from './remove-tree.js';
import { statPath } from './stat-path.js';

const PREFIX = '.savepoint-change-';

export function changeStagingName(change: string): string {
  return PREFIX + change;
}

export function isChangeStagingName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * Takes away what was staged on a mount and gives the mount's root its time back: the one before, or, where the change
 * was carried out, the one that it gave. Can be repeated; says nothing where the mount is gone.
 */
export function removeChangeStaging(root: string, place: ChangePlace, time = place.rootTime): void {
  try {
    withMountRoot(root, place.mount, (descriptor) => {
      removeTree({ directory: descriptor, name: place.staging });
      setTimes(descriptor, time);
      syncFileSystem(descriptor);
    });
  } catch (error) {
    const cause = causeOf(error);
    const isGone = isPosixError(cause, 'ENOENT', 'ENOTDIR');
    // What is read-only and has no staging never had one.
    const staging = joinPath(joinPath(root, place.mount), place.staging);
    const isNoneThere = isPosixError(cause, 'EROFS') && statPath(staging) === undefined;
    if (!isGone && !isNoneThere) throw error;
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
