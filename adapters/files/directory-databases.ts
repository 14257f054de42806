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
import { openForReading } from './read-stable.js';
import { COMPARED_WORDS, fileType, readLongWord, STATUS_WORDS, WORD } from './status-words.js';
import { withOpened } from './with-opened.js';

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

/** The names in a directory that may belong to a database; none in most. */
export function sidecarNames(names: readonly string[]): string[] {
  return names.filter((name) => databaseOfSidecar(name) !== undefined);
}

/** `others` are names in the directory that are not listed. */
export function findDatabases(
  { names, words }: ListedDirectory,
  directory: number,
  others: readonly string[],
): DirectoryDatabases {
  const sidecars = [...sidecarNames(names), ...others];
  if (sidecars.length === 0) return NO_DATABASES;
  const numbers = new Map(names.map((name, index) => [name, index]));
  const isFile = (index: number) => fileType(words[index * STATUS_WORDS + WORD.mode]) === 'file';
  const files = new Map<number, FoundDatabase>();
  const belonging = new Set<number>();
  for (const database of new Set(sidecars.map((name) => databaseOfSidecar(name)?.database as string))) {
    const index = numbers.get(database);
    if (index === undefined || !isFile(index) || !isDatabaseAt({ directory, name: database })) continue;
    const beside: Int32Array[] = [];
    const content: number[] = [];
    for (const name of sidecars.filter((each) => databaseOfSidecar(each)?.database === database)) {
      const number = numbers.get(name);
      if (number !== undefined && isFile(number)) belonging.add(number);
      const status = statusWithContent({ directory, name });
      if (status === undefined) continue;
      beside.push(status);
      if (number !== undefined) content.push(number);
    }
    const own = words.slice(index * STATUS_WORDS, (index + 1) * STATUS_WORDS);
    files.set(index, { isInUse: beside.length > 0, content, beside, words: joinStatus(own, beside) });
  }
  return files.size === 0 ? NO_DATABASES : { files, belonging };
}

/** Whether a database that was read as a file has content beside it by now. */
export function hasContentBeside({ directory, name }: Place): boolean {
  return CONTENT_SIDECARS.some(
    (sidecar) => statusWithContent({ directory, name: name + sidecar }) !== undefined,
  );
}

/** The status of a file beside a database, where there is something in it that belongs to that. */
function statusWithContent(place: Place): Int32Array | undefined {
  const { sidecar } = databaseOfSidecar(place.name) as { sidecar: Sidecar };
  if (!CONTENT_SIDECARS.includes(sidecar)) return undefined;
  const words = new Int32Array(STATUS_WORDS);
  const isThere = readStatus(place, words, 0) === 0 && fileType(words[WORD.mode]) === 'file';
  if (!isThere || readLongWord(words, WORD.size) === 0) return undefined;
  // SQLite gives it to the database's owner whenever root opens it: that changes this time, and nothing that counts.
  words.fill(0, WORD.changedSeconds, WORD.changedNanoseconds + 1);
  return words;
}

/** What can't be read is none, and is told of when it is captured. */
function isDatabaseAt(place: Place): boolean {
  return withOpened(() => openForReading(place), isDatabaseFile) ?? false;
}

/** Differs from the file's own status where there is more, and whenever anything of that changes. */
function joinStatus(own: Int32Array, others: readonly Int32Array[]): Int32Array {
  let sum = 0;
  for (const words of others) sum = crc32(Buffer.from(words.buffer, 0, COMPARED_WORDS * 4), sum);
  own[WORD.inode] ^= sum;
  return own;
}
