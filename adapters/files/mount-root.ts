// Opens the root of a component, or of a mount below it: the last step that goes by path. What is below is reached
// through the open directory.
import { SavepointError } from '../../store/errors.js';
import { closeDescriptor, openDirectory, openDirectoryBeneath } from '../node/posix-directory.js';
import { joinPath } from './node-path.js';
import { statPath } from './stat-path.js';

/** The directory at `mount` below the absolute path `root`, open; no symbolic link below `root` is followed. */
export function openMountRoot(root: string, mount: string): number {
  let descriptor: number | undefined;
  try {
    descriptor = openDirectory(root);
    return openDirectoryBeneath(descriptor, mount);
  } catch (error) {
    const path = joinPath(root, mount);
    throw new SavepointError(
      'TARGET_CONFLICT',
      `${path} cannot be restored to: it is not a directory that can be opened.`,
      { fields: { path }, cause: error },
    );
  } finally {
    if (descriptor !== undefined) closeDescriptor(descriptor);
  }
}

export function withMountRoot<T>(root: string, mount: string, work: (descriptor: number) => T): T {
  const descriptor = openMountRoot(root, mount);
  try {
    return work(descriptor);
  } finally {
    closeDescriptor(descriptor);
  }
}

/** The directory that is captured, open. Throws PATH_NOT_FOUND, or TARGET_CONFLICT where it is something else. */
export function openCaptureRoot(root: string): number {
  const type = statPath(root);
  if (type === undefined) {
    throw new SavepointError('PATH_NOT_FOUND', `There is no ${root}.`, { fields: { path: root } });
  }
  if (type === 'directory') return openDirectory(root);
  throw new SavepointError('TARGET_CONFLICT', `${root} is not a directory.`, { fields: { path: root } });
}
