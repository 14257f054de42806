// The directory in which restored files wait until all of them are on the disk. It stands inside the restored root, so
// that a rename is enough to publish a file; only its owner can look into it, and its name tells whose it is.
import { readdirSync } from 'node:fs';
import { isSavepointError } from '../../store/errors.js';
import { createTemporaryName, isAbandoned } from '../backends/temporary-name.js';
import { closeDescriptor, openDirectory } from '../node/posix-directory.js';
import { makeDirectory } from '../node/posix-entry.js';
import { changeMode, changeOwner } from '../node/posix-ownership.js';
import { descriptorPath, type Place } from '../node/posix-place.js';
import { removeXattr } from '../node/posix-xattr.js';
import { DirectoryTimes } from './directory-times.js';
import { pathOfBytes } from './node-path.js';
import { removeTree } from './remove-tree.js';

const PREFIX = '.savepoint-restore-';

/** Whether `name` is that of a staging directory, which no capture takes. */
export function isStagingName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** A name that no capture takes, and that tells whose it is. */
export function createStagingName(): string {
  return PREFIX + createTemporaryName();
}

export interface Staging {
  readonly place: Place;
  readonly descriptor: number;
}

/** Makes a staging directory in the open directory `root`, after removing what dead processes left there. */
export function createStaging(root: number): Staging {
  removeAbandonedStaging(root);
  const place = { directory: root, name: createStagingName() };
  return { place, descriptor: makePrivateDirectory(place) };
}

/** Makes the directory `place`, which only this process's user may enter whatever it inherits, and opens it. */
export function makePrivateDirectory(place: Place): number {
  makeDirectory(place, 0o700);
  const descriptor = openDirectory(place);
  const owner = { userId: process.geteuid?.() ?? 0, groupId: process.getegid?.() ?? 0 };
  // Some file systems have one owner for all files, or no attributes; where there is no C library, none are seen.
  tryTo(() => changeOwner(descriptor, owner));
  changeMode(descriptor, 0o700);
  for (const name of ['system.posix_acl_default', 'system.posix_acl_access']) {
    tryTo(() => removeXattr(descriptor, name));
  }
  return descriptor;
}

function tryTo(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isSavepointError(error, 'PERMISSION_DENIED', 'UNSUPPORTED')) throw error;
  }
}

/** Removes a staging directory with all that is left in it. */
export function removeStaging(staging: Staging): void {
  closeDescriptor(staging.descriptor);
  removeTree(staging.place);
}

/** Removes what dead processes left in the open directory `root`, whose time stays as it is. */
export function removeAbandonedStaging(root: number): void {
  const time = new DirectoryTimes();
  time.note('', root);
  let removed = 0;
  for (const bytes of readdirSync(descriptorPath(root), { encoding: 'buffer' })) {
    const name = pathOfBytes(bytes);
    if (!isStagingName(name) || !isAbandoned(name.slice(PREFIX.length), Date.now())) continue;
    removeTree({ directory: root, name });
    removed++;
  }
  if (removed > 0) time.giveBack(new Set(), () => root);
}
