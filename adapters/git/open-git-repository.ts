// Opens a git repository: through the program git where there is one, else through isomorphic-git.
import { statSync } from 'node:fs';
import { findRealPath, nodePath } from '../files/node-path.js';
import type { GitRepository } from './git-repository.js';
import { openByProgram } from './program-repository.js';
import { noRepository } from './repository-error.js';

/**
 * The repository in `path`, bare or with its files. Throws REPOSITORY_NOT_FOUND, and PROGRAM_MISSING where it takes git to
 * read it, and there is none.
 */
export async function openGitRepository(path: string): Promise<GitRepository> {
  const directory = findRealPath(path);
  if (directory === undefined || !statSync(nodePath(directory)).isDirectory()) throw noRepository(path);
  const opened = await openByProgram(directory);
  if (opened !== undefined) return opened;
  return (await import('./isomorphic-repository.js')).openByLibrary(directory);
}
