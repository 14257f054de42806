// The flags of an inode that `chattr` sets and `lsattr` shows (ioctl_iflags(2)): no copy of a file has them by itself.
import { ERRNO, posixError } from './posix-error.js';
import { findPosixLibrary, posixLibrary } from './posix-library.js';
import { describeTarget, directoryOf, type Entry, nativeName } from './posix-place.js';

/** FS_IOC_GETFLAGS, where a `long` has 64 bits. */
const GET_FLAGS = 0x80086601;
/** Nothing about such a file changes, or nothing but that it grows. */
const IMMUTABLE = 0x10;
const APPEND_ONLY = 0x20;
/** Those that somebody chose (linux/fs.h): others only say how a file system keeps the file. */
const CHOSEN = 0x6283ccff;
const NO_FLAGS: readonly number[] = [ERRNO.ENOTTY, ERRNO.ENOTSUP, ERRNO.EINVAL, ERRNO.ENOSYS];
const MOST_ATTEMPTS = 3;

const flags = new Int32Array(2);

/** The flags of an open file that somebody chose; 0 where the file system has none. */
export function readInodeFlags(descriptor: number): number {
  const library = posixLibrary();
  for (let attempt = 1; ; attempt++) {
    if (library.calls.ioctl(descriptor, GET_FLAGS, flags) === 0) return flags[0] & CHOSEN;
    const errno = library.errno();
    if (NO_FLAGS.includes(errno)) return 0;
    // The runtime may have made calls of its own since, and their errno is what was read.
    if (errno === ERRNO.EAGAIN && attempt < MOST_ATTEMPTS) continue;
    throw posixError({ syscall: 'ioctl', errno, path: describeTarget(descriptor) });
  }
}

/** Of `struct statx`: the word that holds STATX_ATTR_IMMUTABLE and STATX_ATTR_APPEND, which have the values of the flags. */
const ATTRIBUTES_WORD = 2;
const AT_SYMLINK_NOFOLLOW = 0x100;
const status = new Int32Array(64);

/** As `keepsAsItIs` says of a file's flags, without opening it; `false` where that can't be found out, or nothing is there. */
export function isKeptAsItIs(entry: Entry): boolean {
  const library = findPosixLibrary();
  if (library === undefined) return false;
  const name = nativeName(entry);
  if (library.calls.statx(directoryOf(entry), name, AT_SYMLINK_NOFOLLOW, 0, status) !== 0) return false;
  return keepsAsItIs(status[ATTRIBUTES_WORD]);
}

/** Whether the flags keep a file from being replaced, linked or removed, by root too. */
export function keepsAsItIs(inodeFlags: number): boolean {
  return (inodeFlags & (IMMUTABLE | APPEND_ONLY)) !== 0;
}
