// Reads the names in a directory, in the order in which everything else handles them, and what stat says of each.
import { readdirSync } from 'node:fs';
import { ERRNO } from '../node/posix-error.js';
import { readStatus } from '../node/posix-status.js';
import { joinPath, nodePath, pathOfBytes } from './node-path.js';
import { STATUS_WORDS } from './status-words.js';

export interface ListedDirectory {
  readonly names: readonly string[];
  /** STATUS_WORDS words a name. */
  readonly words: Int32Array;
  /** Names of which stat says nothing, for another reason than that they are gone. */
  readonly failed: readonly { readonly name: string; readonly errno: number }[];
}

/** The names in the directory at `absolute` that `accepts` lets through. Throws the system's error. */
export function listDirectory(absolute: string, accepts: (name: string) => boolean): ListedDirectory {
  const names = readNames(absolute).filter(accepts).sort();
  const words = new Int32Array(names.length * STATUS_WORDS);
  const failed: { name: string; errno: number }[] = [];
  let kept = 0;
  for (const name of names) {
    const errno = readStatus(joinPath(absolute, name), words, kept * STATUS_WORDS);
    if (errno === 0) names[kept++] = name;
    else if (errno !== ERRNO.ENOENT) failed.push({ name, errno });
  }
  if (kept === names.length) return { names, words, failed };
  return { names: names.slice(0, kept), words: words.slice(0, kept * STATUS_WORDS), failed };
}

/** Node replaces what is not UTF-8; then the names are read again as bytes. */
function readNames(absolute: string): string[] {
  const path = nodePath(absolute);
  const names = readdirSync(path);
  if (!names.some((name) => name.includes('\ufffd'))) return names;
  return readdirSync(path, { encoding: 'buffer' }).map(pathOfBytes);
}
