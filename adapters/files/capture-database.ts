// Captures a database of SQLite that others may be writing to: a copy of one instant, by SQLite's own means, stands for the file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import { ID_LENGTH_BYTES, type ObjectId } from '../../store/object-id.js';
import { closeDescriptor } from '../node/posix-directory.js';
import { posixError } from '../node/posix-error.js';
import { describeTarget, type Place } from '../node/posix-place.js';
import { readDescriptorStatus, readStatus } from '../node/posix-status.js';
import { batchId, type FileProblem } from './capture-batch.js';
import { captureHugeFile, HUGE_FILE_BYTES, type HugeFileMeans } from './capture-huge-file.js';
import { readExtraAttributesOf } from './extra-attributes.js';
import { type CapturedFile, openForReading, sameStatus } from './read-stable.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';

export interface DatabaseMeans extends HugeFileMeans {
  readonly signal?: AbortSignal;
}

export interface DatabasePlace {
  /** Where it is, good until the next call. */
  readonly find: () => Place;
  /** The status that it had when it was found. */
  readonly words: Int32Array;
}

/** Throws what `copyFileInUse` throws, and STATE_BUSY where another file stands in its place by now. */
export async function captureDatabase(
  { find, words }: DatabasePlace,
  means: DatabaseMeans,
): Promise<CapturedFile> {
  const { copyFileInUse } = await import('../sqlite/copy-file-in-use.js');
  const scratch = mkdtempSync(join(tmpdir(), 'savepoint-'));
  try {
    const copy = join(scratch, COPY_NAME);
    // As the kernel knows the directory that is open: no symbolic link on the way is followed.
    await copyFileInUse(describeTarget(find()), copy, means.signal);
    const id = await captureCopy(scratch, means);
    const descriptor = openForReading(find());
    try {
      const now = new Int32Array(STATUS_WORDS);
      readDescriptorStatus(descriptor, now, 0);
      if (now[WORD.inode] !== words[WORD.inode] || now[WORD.device] !== words[WORD.device])
        throw posixError({ syscall: 'statx', errno: ESTALE, path: describeTarget(descriptor) });
      const newWords = sameStatus(words, now) ? undefined : now;
      // Where the file has holes, the copy need not have any.
      return { id, extras: readExtraAttributesOf(descriptor), newWords, unstable: false, isDatabase: true };
    } finally {
      closeDescriptor(descriptor);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const COPY_NAME = 'content';
const ESTALE = 116;

async function captureCopy(directory: string, means: DatabaseMeans): Promise<ObjectId> {
  const path = join(directory, COPY_NAME);
  const words = new Int32Array(STATUS_WORDS);
  const errno = readStatus(path, words, 0);
  if (errno !== 0) throw posixError({ syscall: 'statx', errno, path });
  if (readLongWord(words, WORD.size) >= HUGE_FILE_BYTES)
    return (await captureHugeFile(path, words, means)).id;
  await means.pool.ready();
  const result = await means.pool.captureBatch({ root: directory, paths: COPY_NAME, words });
  const id = batchId(result, 0, ID_LENGTH_BYTES[means.format] * 2);
  if (id !== undefined) return id;
  throw new Error(`savepoint bug: a copy could not be captured: ${result.problems[0]?.message}`);
}

/**
 * What is told of a database that could not be copied, and is saved file by file; nothing where a crash has left its files, which
 * are then of one instant. Anything that is not about the database is thrown on.
 */
export async function notCopied(path: string, error: unknown): Promise<FileProblem | undefined> {
  if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
  const { isLeftByCrash } = await import('../sqlite/copy-file-in-use.js');
  if (isLeftByCrash(error, path)) return undefined;
  const reason =
    error.code === 'PROGRAM_MISSING'
      ? 'there is no sqlite3 to copy it with: install it (Debian: sqlite3), and save again'
      : error.message;
  const message = `is a database of SQLite in use, and its files are saved one after the other, as of no single moment, since ${reason}`;
  return { path, code: 'EDATABASE', message, captured: true };
}
