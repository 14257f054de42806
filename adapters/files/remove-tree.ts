// Removes a directory with all that is in it, name by name through open directories: a symbolic link that is met on
// the way is removed itself and never followed.
import { readdirSync } from 'node:fs';
import { closeDescriptor, openDirectory } from '../node/posix-directory.js';
import { removeDirectory, removeFile } from '../node/posix-entry.js';
import { isPosixError } from '../node/posix-error.js';
import { changeMode } from '../node/posix-ownership.js';
import { descriptorPath, type Place } from '../node/posix-place.js';
import { pathOfBytes } from './node-path.js';

/** Removes `place`, whatever it is; says nothing where it is gone. */
export function removeTree(place: Place): void {
  try {
    removeFile(place);
  } catch (error) {
    if (isPosixError(error, 'ENOENT')) return;
    if (!isPosixError(error, 'EISDIR', 'EPERM')) throw error;
    removeFolder(place);
  }
}

function removeFolder(place: Place): void {
  const descriptor = openDirectory(place);
  try {
    if (process.geteuid?.() !== 0) changeMode(descriptor, 0o700);
    for (const name of readdirSync(descriptorPath(descriptor), { encoding: 'buffer' })) {
      removeTree({ directory: descriptor, name: pathOfBytes(name) });
    }
  } finally {
    closeDescriptor(descriptor);
  }
  removeDirectory(place);
}
