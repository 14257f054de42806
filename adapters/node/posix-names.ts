// The names in an open directory, from the directory itself: what stands at its path by now plays no part.
import { readdirSync } from 'node:fs';
import { decodeName } from '../../store/names.js';
import { posixError } from './posix-error.js';
import { findPosixLibrary, type PosixLibrary } from './posix-library.js';
import { describeTarget, descriptorPath } from './posix-place.js';

/** `struct linux_dirent64` (getdents64(2)): the record's length, and where its name begins. */
const LENGTH_AT = 16;
const NAME_AT = 19;
const BUFFER_BYTES = 1 << 16;

let buffer: Buffer | undefined;

/** All names but '.' and '..', in no order. The descriptor must be new, as reading goes on where it stands. */
export function readNames(directory: number): string[] {
  const library = findPosixLibrary();
  if (library !== undefined && !library.missing.includes('getdents64'))
    return readRecords(library, directory);
  return readdirSync(descriptorPath(directory), { encoding: 'buffer' }).map((bytes) => decodeName(bytes));
}

function readRecords(library: PosixLibrary, directory: number): string[] {
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const names: string[] = [];
  for (;;) {
    const length = library.calls.getdents64(directory, buffer, BUFFER_BYTES);
    if (length < 0) {
      const errno = library.errno();
      throw posixError({ syscall: 'getdents64', errno, path: describeTarget(directory) });
    }
    if (length === 0) return names;
    for (let at = 0; at < length; at += buffer[at + LENGTH_AT] | (buffer[at + LENGTH_AT + 1] << 8)) {
      const name = readName(buffer, at + NAME_AT);
      if (name !== '.' && name !== '..') names.push(name);
    }
  }
}

function readName(bytes: Buffer, start: number): string {
  let end = start;
  let seen = 0;
  for (; bytes[end] !== 0; end++) seen |= bytes[end];
  return seen < 0x80 ? bytes.toString('latin1', start, end) : decodeName(bytes.subarray(start, end));
}
