// Opens a git repository: through the program git where there is one, else through isomorphic-git.
import { accessSync, constants, statSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { systemCode } from '../backends/storage-error.js';
import { findRealPath, nodePath } from '../files/node-path.js';
import type { GitRepository } from './git-repository.js';
import { openByProgram } from './program-repository.js';
import { noRepository } from './repository-error.js';

/**
 * The repository in `path`, bare or with its files. Throws REPOSITORY_NOT_FOUND, PERMISSION_DENIED, and PROGRAM_MISSING where it
 * takes git to read it, and there is none.
 */
export async function openGitRepository(path: string): Promise<GitRepository> {
  const directory = findDirectory(path);
  const opened = await openByProgram(directory);
  if (opened !== undefined) return opened;
  return (await import('./isomorphic-repository.js')).openByLibrary(directory);
}

function findDirectory(path: string): string {
  try {
    const directory = findRealPath(path);
    if (directory === undefined || !statSync(nodePath(directory)).isDirectory()) throw noRepository(path);
    accessSync(nodePath(directory), constants.R_OK | constants.X_OK);
    return directory;
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error;
    throw new SavepointError(
      'PERMISSION_DENIED',
      `The git repository ${path} can't be read: permission denied. Repeat as its owner, or as root.`,
      { fields: { path }, cause: error },
    );
  }
}
