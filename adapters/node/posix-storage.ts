// Calls on how a file lies on its device: the data in a sparse file, and making a whole file system durable.
import { execFileSync } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { ERRNO, posixError } from './posix-error.js';
import { findPosixLibrary } from './posix-library.js';
import { describeTarget } from './posix-place.js';

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
/** How often a call is made whose errno is none that it has. */
const MOST_ATTEMPTS = 3;

/** Makes everything durable that was written to the file system of an open file. Success means the last byte is. */
export function syncFileSystem(descriptor: number): void {
  const library = findPosixLibrary();
  if (library === undefined || library.missing.includes('syncfs')) {
    execFileSync('sync');
  } else if (library.calls.syncfs(descriptor) !== 0) {
    throw posixError({ syscall: 'syncfs', errno: library.errno(), path: describeTarget(descriptor) });
  }
}

/**
 * Where the next data at or behind `offset` begins; `undefined` where only a hole follows, or nothing. Moves the
 * descriptor's own position. A file system that knows no holes has data everywhere.
 */
export function seekData(descriptor: number, offset: number): number | undefined {
  return seek(descriptor, offset, SEEK_DATA);
}

/** Where the next hole at or behind `offset` begins: the file's end at the latest; `undefined` from there on. */
export function seekHole(descriptor: number, offset: number): number | undefined {
  return seek(descriptor, offset, SEEK_HOLE);
}

function seek(descriptor: number, offset: number, whence: number): number | undefined {
  const library = findPosixLibrary();
  if (library === undefined) return seekWithoutHoles(descriptor, offset, whence);
  for (let attempt = 1; ; attempt++) {
    const found = library.calls.lseek(descriptor, offset, whence);
    if (found >= 0) return found;
    const errno = library.errno();
    if (errno === ERRNO.ENXIO) return undefined;
    // The runtime may have made calls of its own since, and their errno is what was read (seen: EAGAIN).
    if (attempt < MOST_ATTEMPTS) continue;
    throw posixError({ syscall: 'lseek', errno, path: describeTarget(descriptor) });
  }
}

function seekWithoutHoles(descriptor: number, offset: number, whence: number): number | undefined {
  const { size } = fstatSync(descriptor);
  if (offset >= size) return undefined;
  return whence === SEEK_DATA ? offset : size;
}
