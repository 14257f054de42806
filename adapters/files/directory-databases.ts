// Finds the databases of SQLite among the files of a directory: what is written to one stands in files beside it first, and the
// file alone, or all of them as they are read one after the other, would be of no single moment.
import { crc32 } from 'node:zlib';
import type { Place } from '../node/posix-place.js';
import { readStatus } from '../node/posix-status.js';
import {
  CONTENT_SIDECARS,
  databaseOfSidecar,
  isDatabaseFile,
  type Sidecar,
} from '../sqlite/database-files.js';
import type { ListedDirectory } from './list-directory.js';
import { COMPARED_WORDS, fileType, readLongWord, STATUS_WORDS, WORD } from './status-words.js';
import { isTrueOfFile } from './with-opened.js';

/** A database that has something beside it. */
export interface FoundDatabase {
  /** Whether what is beside it has content of its own. */
  readonly isInUse: boolean;
  /** Entries of the listing that hold that content. */
  readonly content: readonly number[];
  /** The status of the files that hold it, listed or not. */
  readonly beside: readonly Int32Array[];
  /** What tells whether the database is as it was: the status of all its files in one. */
  readonly words: Int32Array;
}

export interface DirectoryDatabases {
  readonly files: ReadonlyMap<number, FoundDatabase>;
  /** Entries that belong to a database, and are no files of their own. */
  readonly belonging: Set<number>;
}

export const NO_DATABASES: DirectoryDatabases = { files: new Map(), belonging: new Set() };

/** `others` are names in the directory that are not listed. */
export function findDatabases(
  { names, words }: ListedDirectory,
  directory: number,
  others: readonly string[],
): DirectoryDatabases {
  const sidecars = sidecarsByDatabase(names, others);
  if (sidecars.size === 0) return NO_DATABASES;
  const numbers = new Map(names.map((name, index) => [name, index]));
  const isFile = (index: number) => fileType(words[index * STATUS_WORDS + WORD.mode]) === 'file';
  const files = new Map<number, FoundDatabase>();
  const belonging = new Set<number>();
  for (const [database, suffixes] of sidecars) {
    const index = numbers.get(database);
    if (index === undefined || !isFile(index)) continue;
    if (!isTrueOfFile({ directory, name: database }, isDatabaseFile)) continue;
    const beside: Int32Array[] = [];
    const content: number[] = [];
    for (const suffix of suffixes) {
      const number = numbers.get(database + suffix);
      if (number !== undefined && isFile(number)) belonging.add(number);
      const status = statusWithContent({ directory, name: database }, suffix);
      if (status === undefined) continue;
      beside.push(status);
      if (number !== undefined) content.push(number);
    }
    const own = words.slice(index * STATUS_WORDS, (index + 1) * STATUS_WORDS);
    files.set(index, { isInUse: beside.length > 0, content, beside, words: joinStatus(own, beside) });
  }
  return files.size === 0 ? NO_DATABASES : { files, belonging };
}

/** What stands beside files that may be databases, by their names; nothing in most directories. */
function sidecarsByDatabase(...lists: readonly (readonly string[])[]): Map<string, Sidecar[]> {
  const found = new Map<string, Sidecar[]>();
  for (const names of lists) {
    for (const name of names) {
      const part = databaseOfSidecar(name);
      if (part === undefined) continue;
      const others = found.get(part.database);
      if (others === undefined) found.set(part.database, [part.sidecar]);
      else others.push(part.sidecar);
    }
  }
  return found;
}

/** Whether a database that was read as a file has content beside it by now. */
export function hasContentBeside(database: Place): boolean {
  return CONTENT_SIDECARS.some((suffix) => statusWithContent(database, suffix) !== undefined);
}

/** The status of a file beside a database, where there is something in it that belongs to that. */
function statusWithContent({ directory, name }: Place, suffix: Sidecar): Int32Array | undefined {
  if (!CONTENT_SIDECARS.includes(suffix)) return undefined;
  const words = new Int32Array(STATUS_WORDS);
  const errno = readStatus({ directory, name: name + suffix }, words, 0);
  const isThere = errno === 0 && fileType(words[WORD.mode]) === 'file';
  if (!isThere || readLongWord(words, WORD.size) === 0) return undefined;
  // SQLite gives it to the database's owner whenever root opens it: that changes this time, and nothing that counts.
  words.fill(0, WORD.changedSeconds, WORD.changedNanoseconds + 1);
  return words;
}

/** Differs from the file's own status where there is more, and whenever anything of that changes. */
function joinStatus(own: Int32Array, others: readonly Int32Array[]): Int32Array {
  let sum = 0;
  for (const words of others) sum = crc32(Buffer.from(words.buffer, 0, COMPARED_WORDS * 4), sum);
  own[WORD.inode] ^= sum;
  return own;
}
