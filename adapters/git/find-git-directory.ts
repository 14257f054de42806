// Finds what holds the objects and refs of a repository, as git does it, where there is no git to ask.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { noRepository } from './repository-error.js';

/** Throws REPOSITORY_NOT_FOUND. */
export function findGitDirectory(directory: string): {
  readonly gitDirectory: string;
  readonly workTree: string | undefined;
} {
  if (isGitDirectory(directory)) {
    const parts = directory.split('/');
    return {
      gitDirectory: directory,
      workTree: parts.at(-1) === '.git' ? parts.slice(0, -1).join('/') : undefined,
    };
  }
  const inside = join(directory, '.git');
  const gitDirectory = statSync(inside, { throwIfNoEntry: false })?.isFile()
    ? linked(directory, inside)
    : inside;
  if (!isGitDirectory(gitDirectory)) throw noRepository(directory);
  return { gitDirectory, workTree: directory };
}

/** A file with one line, `gitdir: PATH`, stands for the directory: in submodules, for one. */
function linked(directory: string, file: string): string {
  const path = /^gitdir: (.*)\n?$/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  return isAbsolute(path) ? path : join(directory, path);
}

function isGitDirectory(path: string): boolean {
  return (
    existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects')) && existsSync(join(path, 'refs'))
  );
}
