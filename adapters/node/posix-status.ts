// What stat says of a file, as 32-bit words put straight into a caller's array: a walk makes no object per file.
// Symbolic links are not followed, and nothing gets mounted because somebody looked.
import { NODE_STATUS_READER } from './node-status.js';
import { findPosixLibrary, type PosixLibrary } from './posix-library.js';
import { directoryOf, type Entry, nativeName } from './posix-place.js';
import {
  BLOCKS_LOW_WORD,
  CHANGED_NANOSECONDS_WORD,
  CHANGED_SECONDS_LOW_WORD,
  DEVICE_WORD,
  GROUP_ID_WORD,
  INODE_LOW_WORD,
  LINK_COUNT_WORD,
  MODE_WORD,
  MODIFIED_NANOSECONDS_WORD,
  MODIFIED_SECONDS_LOW_WORD,
  NODE_DEVICE_WORD,
  SIZE_LOW_WORD,
  type StatusReader,
  USER_ID_WORD,
} from './status-layout.js';

export { STATUS_WORDS } from './status-layout.js';

let reader: StatusReader | undefined;

/**
 * Puts the status of `entry` into `words` from `offset` on. Answers 0, or the errno (2 where there is no such file).
 * Throws INVALID_NAME for a name that no file can have.
 */
export function readStatus(entry: Entry, words: Int32Array, offset: number): number {
  reader ??= chooseReader();
  return reader.entry(entry, words, offset);
}

/** The same for an open file. */
export function readDescriptorStatus(descriptor: number, words: Int32Array, offset: number): number {
  reader ??= chooseReader();
  return reader.descriptor(descriptor, words, offset);
}

function chooseReader(): StatusReader {
  const library = findPosixLibrary();
  if (library === undefined || library.missing.includes('statx')) return NODE_STATUS_READER;
  return statxReader(library);
}

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;

/** `struct statx` (linux/stat.h) is read from one buffer, in words of 32 bits. */
function statxReader(library: PosixLibrary): StatusReader {
  const { statx } = library.calls;
  const status = new Int32Array(64);
  const entryFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  return {
    entry(entry, words, offset) {
      const name = nativeName(entry);
      if (statx(directoryOf(entry), name, entryFlags, STATX_BASIC_STATS, status) !== 0)
        return library.errno();
      copyStatus(status, words, offset);
      return 0;
    },
    descriptor(descriptor, words, offset) {
      if (statx(descriptor, '', AT_EMPTY_PATH, STATX_BASIC_STATS, status) !== 0) return library.errno();
      copyStatus(status, words, offset);
      return 0;
    },
  };
}

function copyStatus(status: Int32Array, words: Int32Array, offset: number): void {
  words[offset + MODE_WORD] = status[7] & 0xffff;
  words[offset + LINK_COUNT_WORD] = status[4];
  words[offset + USER_ID_WORD] = status[5];
  words[offset + GROUP_ID_WORD] = status[6];
  words[offset + INODE_LOW_WORD] = status[8];
  words[offset + INODE_LOW_WORD + 1] = status[9];
  words[offset + SIZE_LOW_WORD] = status[10];
  words[offset + SIZE_LOW_WORD + 1] = status[11];
  words[offset + MODIFIED_SECONDS_LOW_WORD] = status[28];
  words[offset + MODIFIED_SECONDS_LOW_WORD + 1] = status[29];
  words[offset + MODIFIED_NANOSECONDS_WORD] = status[30];
  words[offset + CHANGED_SECONDS_LOW_WORD] = status[24];
  words[offset + CHANGED_SECONDS_LOW_WORD + 1] = status[25];
  words[offset + CHANGED_NANOSECONDS_WORD] = status[26];
  words[offset + NODE_DEVICE_WORD] = (status[32] << 20) | status[33];
  words[offset + DEVICE_WORD] = (status[34] << 20) | status[35];
  words[offset + BLOCKS_LOW_WORD] = status[12];
  words[offset + BLOCKS_LOW_WORD + 1] = status[13];
}
