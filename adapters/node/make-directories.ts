// Makes a directory and those above it, one at a time: Node's own recursive way never ends below /proc (found on
// Node 20), where making a directory fails as if a parent were missing.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

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
