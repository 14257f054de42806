// The root below which files are installed: that of this host, or of an image. No path of an image leads out of it.
import { realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SavepointError } from '../../store/errors.js';

export interface HostRoot {
  /** `/` for this host. */
  readonly directory: string;
  readonly isThisHost: boolean;
  /** Where the host's `path` is. Throws TARGET_CONFLICT where a symbolic link on the way leads out of the root. */
  locate(path: string): string;
}

/** Throws PATH_NOT_FOUND where `root` is no directory. */
export function openHostRoot(root = '/'): HostRoot {
  const directory = resolve(root);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new SavepointError('PATH_NOT_FOUND', `There is no directory ${directory} to install below.`, {
      fields: { path: directory },
    });
  }
  const real = realpathSync(directory);
  if (real === '/') return { directory: '/', isThisHost: true, locate: (path) => path };
  return {
    directory,
    isThisHost: false,
    locate(path) {
      const located = directory + path;
      const parent = realParent(located);
      if (parent === real || parent.startsWith(`${real}/`)) return located;
      throw new SavepointError(
        'TARGET_CONFLICT',
        `${located} leads to ${parent}, out of ${directory}, by a symbolic link: nothing is written there.`,
        { fields: { path: located } },
      );
    },
  };
}

/** The nearest directory above `path` that is there, without symbolic links. */
function realParent(path: string): string {
  const parent = dirname(path);
  try {
    return realpathSync(parent);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return realParent(parent);
    throw error;
  }
}
