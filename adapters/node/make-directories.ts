// Makes a directory and those above it, one at a time: Node's own recursive way never ends below /proc (found on
// Node 20), where making a directory fails as if a parent were missing.
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The directories that `makeDirectories` would make for `path`, the deepest first. */
export function missingDirectories(path: string): string[] {
  if (path === dirname(path) || statSync(path, { throwIfNoEntry: false }) !== undefined) return [];
  return [path, ...missingDirectories(dirname(path))];
}

/** Removes the directories `paths` as far as they are there and empty. */
export function removeEmptyDirectories(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmdirSync(path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY'].includes(code)) throw error;
    }
  }
}

/** Answers with the first directory that was made, or `undefined` where all were there. Throws the system's error. */
export function makeDirectories(path: string, mode: number): string | undefined {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return undefined;
  const firstMade = path === dirname(path) ? undefined : makeDirectories(dirname(path), mode);
  try {
    mkdirSync(path, mode);
    return firstMade ?? path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return firstMade;
    throw error;
  }
}
