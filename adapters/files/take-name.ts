// Gives a staged file its final name: in one call where the file system has renameat2, and with what every file system
// has where it doesn't (NFS, some FUSE file systems, or no C library). What stands there is never lost on either way.
import {
  makeDirectory,
  makeLink,
  removeDirectory,
  removeFile,
  renameEntry,
  renameExchange,
  renameNoReplace,
} from '../node/posix-entry.js';
import { ERRNO, isPosixError, posixError, saysUnsupported } from '../node/posix-error.js';
import { describeTarget, type Place } from '../node/posix-place.js';
import { readStatus } from '../node/posix-status.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';

interface PlaceMove {
  readonly from: Place;
  readonly to: Place;
}

const words = new Int32Array(STATUS_WORDS);

/** Moves `from` to `to`, where nothing may be: fails with EEXIST otherwise. */
export function takeFreeName({ from, to }: PlaceMove): void {
  try {
    renameNoReplace({ from, to });
  } catch (error) {
    if (!saysUnsupported(error)) throw error;
    if (typeAt(from) === 'directory') takeFreeNameForDirectory({ from, to });
    else takeFreeNameForFile({ from, to });
  }
}

/**
 * Puts `from` in the place of what stands at `to`, which is no directory. Answers where that is by now: at `from`, or at
 * `aside`, a name that nobody else uses. Can be repeated.
 */
export function takeOverName({ from, to }: PlaceMove, aside: Place): Place {
  try {
    renameExchange({ from, to });
    return from;
  } catch (error) {
    if (!saysUnsupported(error)) throw error;
  }
  // Once more after a crash: what has the name by now is what counts.
  if (typeAt(aside) !== undefined) removeFile(aside);
  if (typeAt(from) === 'directory' || !linked(to, aside)) renameEntry({ from: to, to: aside });
  renameEntry({ from, to });
  return aside;
}

/** A new directory of that name shows that nothing was there, and may be replaced. */
function takeFreeNameForDirectory({ from, to }: PlaceMove): void {
  makeDirectory(to, 0o700);
  try {
    renameEntry({ from, to });
  } catch (error) {
    removeDirectory(to);
    throw error;
  }
}

function takeFreeNameForFile({ from, to }: PlaceMove): void {
  if (linked(from, to)) {
    removeFile(from);
    return;
  }
  // Neither renameat2 nor hard links: who makes a file of that name within this instant loses it.
  if (typeAt(to) !== undefined) {
    throw posixError({ syscall: 'renameat', errno: ERRNO.EEXIST, path: describeTarget(to) });
  }
  renameEntry({ from, to });
}

/** Whether `from` got the further name `to`; not so where the file system has no hard links. */
function linked(from: Place, to: Place): boolean {
  try {
    makeLink({ from, to });
    return true;
  } catch (error) {
    if (saysUnsupported(error) || isPosixError(error, 'EPERM', 'EMLINK')) return false;
    throw error;
  }
}

/** What stands at `place`; `undefined` where nothing does. */
function typeAt(place: Place): ReturnType<typeof fileType> | undefined {
  const errno = readStatus(place, words, 0);
  if (errno === 0) return fileType(words[WORD.mode]);
  if (errno === ERRNO.ENOENT) return undefined;
  throw posixError({ syscall: 'statx', errno, path: describeTarget(place) });
}
