// The POSIX calls through the C library. Buffers are made once and used by every call.
import { decodeName } from '../../store/names.js';
import type { FileTime, PosixCalls } from './posix-call-contract.js';
import { ERRNO } from './posix-error.js';
import type { PosixLibrary } from './posix-library.js';
import { directoryOf, nativeName, terminated } from './posix-place.js';

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const UTIME_OMIT = 0x3ffffffe;
/** Longer than any symbolic link's content (PATH_MAX). */
const LINK_BUFFER_BYTES = 4097;

export function nativeCalls(library: PosixLibrary): PosixCalls {
  const { calls } = library;
  const answer = (result: number): number => (result < 0 ? -library.errno() : result);
  const link = new Uint8Array(LINK_BUFFER_BYTES);
  return {
    open: (entry, flags, mode) => answer(calls.openat(directoryOf(entry), nativeName(entry), flags, mode)),
    close: (descriptor) => answer(calls.close(descriptor)),
    makeDirectory: (entry, mode) => answer(calls.mkdirat(directoryOf(entry), nativeName(entry), mode)),
    makeNode: (entry, mode, device) =>
      answer(calls.mknodat(directoryOf(entry), nativeName(entry), mode, device)),
    makeSymlink: (entry, content) =>
      answer(calls.symlinkat(terminated(content), directoryOf(entry), nativeName(entry))),
    makeLink: ({ from, to }) =>
      answer(calls.linkat(directoryOf(from), nativeName(from), directoryOf(to), nativeName(to), 0)),
    readSymlink: (entry) => {
      const length = calls.readlinkat(directoryOf(entry), nativeName(entry), link, link.length);
      return length < 0 ? -library.errno() : decodeName(link.subarray(0, length));
    },
    removeFile: (entry) => answer(calls.unlinkat(directoryOf(entry), nativeName(entry), 0)),
    removeDirectory: (entry) => answer(calls.unlinkat(directoryOf(entry), nativeName(entry), AT_REMOVEDIR)),
    rename: ({ from, to }) =>
      answer(calls.renameat(directoryOf(from), nativeName(from), directoryOf(to), nativeName(to))),
    renameWith: ({ from, to }, flags) =>
      answer(calls.renameat2(directoryOf(from), nativeName(from), directoryOf(to), nativeName(to), flags)),
    changeOwner: (target, { userId, groupId }) => {
      if (typeof target === 'number') return answer(calls.fchown(target, userId, groupId));
      const name = nativeName(target);
      return answer(calls.fchownat(directoryOf(target), name, userId, groupId, AT_SYMLINK_NOFOLLOW));
    },
    changeMode: (descriptor, mode) => answer(calls.fchmod(descriptor, mode)),
    setTimes: (target, modified) => {
      if (!isTime(modified)) return -ERRNO.EINVAL;
      const times = timesBuffer(modified);
      if (typeof target === 'number') return answer(calls.futimens(target, times));
      return answer(calls.utimensat(directoryOf(target), nativeName(target), times, AT_SYMLINK_NOFOLLOW));
    },
  };
}

/** The kernel takes some larger numbers of nanoseconds as orders: now, or leave as it is. */
function isTime({ seconds, nanoseconds }: FileTime): boolean {
  const whole = typeof seconds === 'bigint' || Number.isSafeInteger(seconds);
  return whole && Number.isInteger(nanoseconds) && nanoseconds >= 0 && nanoseconds < 1_000_000_000;
}

/** Two `struct timespec`: access, then modification. */
const times = new Int32Array(8);
const wideTimes = new BigInt64Array(times.buffer);
times[2] = UTIME_OMIT;

function timesBuffer({ seconds, nanoseconds }: FileTime): Int32Array {
  if (typeof seconds === 'bigint') {
    wideTimes[2] = seconds;
  } else {
    times[4] = seconds;
    times[5] = Math.floor(seconds / 2 ** 32);
  }
  times[6] = nanoseconds;
  return times;
}
