// Before the first test: where temporary directories are made. Who sets TMPDIR has them all there.
import { MEMORY_DIRECTORY, mountMemoryDirectory, unmountMemoryDirectory } from './memory-directory.js';

export function setup(): (() => void) | undefined {
  if (process.env.TMPDIR !== undefined) return undefined;
  const directory = mountMemoryDirectory();
  if (directory === undefined) return undefined;
  process.env[MEMORY_DIRECTORY] = directory;
  return () => unmountMemoryDirectory(directory);
}
