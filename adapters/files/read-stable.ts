// Reads a file so that what is read is of one moment: stat must say the same before and after. A file that changes
// meanwhile is read again, a few times.
import { constants, readSync } from 'node:fs';
import type { ObjectId } from '../../store/object-id.js';
import { closeDescriptor, openEntry } from '../node/posix-directory.js';
import { isPosixError, posixError } from '../node/posix-error.js';
import { describeTarget, type Entry } from '../node/posix-place.js';
import { readDescriptorStatus } from '../node/posix-status.js';
import { isDatabaseFile, isDatabaseHead } from '../sqlite/database-files.js';
import type { ExtraAttributes } from './attributes.js';
import { readExtraAttributes } from './extra-attributes.js';
import { COMPARED_WORDS, fileType, readLongWord, STATUS_WORDS, WORD } from './status-words.js';

const ATTEMPTS = 3;

export interface CapturedFile {
  readonly id: ObjectId;
  readonly extras: ExtraAttributes | undefined;
  /** What stat said when the content was read, where that is not what the walk saw. */
  readonly newWords: Int32Array | undefined;
  /** The file went on changing: the content is what was read last. */
  readonly unstable: boolean;
  /** It is a database of SQLite's, of which there may be more beside it. */
  readonly isDatabase: boolean;
}

/** An open file, and how much of it to read; the answer is its id, or `undefined` where it has become shorter. */
export type ReadContent = (descriptor: number, sizeBytes: number) => Promise<ObjectId | undefined>;

/** Statuses of files that did not change are of no further use. */
const scratch = new Int32Array(STATUS_WORDS);

/** The regular file `entry`, which had the status `expected` when it was found. Throws what the calls throw. */
export async function readStable(
  entry: Entry,
  expected: Int32Array,
  readContent: ReadContent,
): Promise<CapturedFile> {
  const descriptor = openForReading(entry);
  try {
    let before = expected;
    for (let attempt = 1; ; attempt++) {
      const sizeBytes = readLongWord(before, WORD.size);
      const id = await readContent(descriptor, sizeBytes);
      const isUnsized = sizeBytes === 0 && hasContent(descriptor);
      const errno = readDescriptorStatus(descriptor, scratch, 0);
      if (errno !== 0) throw posixError({ syscall: 'statx', errno, path: describeTarget(descriptor) });
      const stable = id !== undefined && sameStatus(before, scratch);
      if (stable && isUnsized) throw unsizedFile(descriptor);
      if (stable || (attempt >= ATTEMPTS && id !== undefined)) {
        const newWords = sameStatus(expected, scratch) ? undefined : scratch.slice();
        const extras = readExtraAttributes(descriptor, scratch);
        return { id, extras, newWords, unstable: !stable, isDatabase: isDatabaseFile(descriptor) };
      }
      if (attempt >= ATTEMPTS * 2 || fileType(scratch[WORD.mode]) !== 'file') throw restlessFile(descriptor);
      before = scratch.slice();
    }
  } finally {
    closeDescriptor(descriptor);
  }
}

/**
 * Reads a file that had the status at `at` of `words` into `target`, which is as long as it was then. Answers what
 * else it has, or `undefined` where it has changed since.
 */
export function readOnce(
  entry: Entry,
  expected: { readonly words: Int32Array; readonly at: number; readonly target: Uint8Array },
): Omit<CapturedFile, 'id'> | undefined {
  const descriptor = openForReading(entry);
  try {
    if (readFully(descriptor, expected.target, 0) < expected.target.length) return undefined;
    const isUnsized = expected.target.length === 0 && hasContent(descriptor);
    if (readDescriptorStatus(descriptor, scratch, 0) !== 0) return undefined;
    for (let i = 0; i < COMPARED_WORDS; i++) {
      if (scratch[i] !== expected.words[expected.at + i]) return undefined;
    }
    if (isUnsized) throw unsizedFile(descriptor);
    const extras = readExtraAttributes(descriptor, scratch);
    return { extras, newWords: undefined, unstable: false, isDatabase: isDatabaseHead(expected.target) };
  } finally {
    closeDescriptor(descriptor);
  }
}

/** Fills `target` from `position` on; answers how many bytes there were. */
export function readFully(descriptor: number, target: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < target.length) {
    const got = readSync(descriptor, target, filled, target.length - filled, position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/**
 * Opens a file without following a symbolic link, and without touching its access time where that may be. The descriptor
 * is closed with `closeDescriptor`.
 */
export function openForReading(entry: Entry): number {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  try {
    return openEntry(entry, flags | constants.O_NOATIME);
  } catch (error) {
    if (!isPosixError(error, 'EPERM')) throw error;
    return openEntry(entry, flags);
  }
}

/** Whether both tell of the same file in the same state. */
export function sameStatus(left: Int32Array, right: Int32Array): boolean {
  for (let i = 0; i < COMPARED_WORDS; i++) if (left[i] !== right[i]) return false;
  return true;
}

const probe = Buffer.alloc(1);

function hasContent(descriptor: number): boolean {
  return readSync(descriptor, probe, 0, 1, 0) > 0;
}

/** Files below /proc and /sys have content that stat knows nothing of: to save them as empty would be a lie. */
function unsizedFile(descriptor: number): Error {
  const path = describeTarget(descriptor);
  return Object.assign(new Error(`${path} is empty by its size, and has content`), { code: 'EUNSIZED' });
}

function restlessFile(descriptor: number): Error {
  const path = describeTarget(descriptor);
  return Object.assign(new Error(`${path} went on shrinking or was replaced while it was read`), {
    code: 'ECHANGED',
  });
}
