// Reads the names in a directory, in the order in which everything else handles them, and what stat says of each.
import { ERRNO } from '../node/posix-error.js';
import { readNames } from '../node/posix-names.js';
import { readStatus } from '../node/posix-status.js';
import { STATUS_WORDS } from './status-words.js';

export interface ListedDirectory {
  readonly names: readonly string[];
  /** STATUS_WORDS words a name. */
  readonly words: Int32Array;
  /** Names of which stat says nothing, for another reason than that they are gone. */
  readonly failed: readonly { readonly name: string; readonly errno: number }[];
}

/** The names in an open directory that `accepts` lets through. Throws the system's error. */
export function listDirectory(directory: number, accepts: (name: string) => boolean): ListedDirectory {
  const names = readNames(directory).filter(accepts).sort();
  const words = new Int32Array(names.length * STATUS_WORDS);
  const failed: { name: string; errno: number }[] = [];
  let kept = 0;
  for (const name of names) {
    const errno = readStatus({ directory, name }, words, kept * STATUS_WORDS);
    if (errno === 0) names[kept++] = name;
    else if (errno !== ERRNO.ENOENT) failed.push({ name, errno });
  }
  if (kept === names.length) return { names, words, failed };
  return { names: names.slice(0, kept), words: words.slice(0, kept * STATUS_WORDS), failed };
}
