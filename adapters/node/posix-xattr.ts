// Extended attributes, POSIX ACLs and capabilities among them. Symbolic links are not followed. A file system that
// has no attributes has none to list; without the C library every function here throws UNSUPPORTED.
import { decodeName } from '../../store/names.js';
import { ERRNO, posixError } from './posix-error.js';
import { findPosixLibrary, type PosixLibrary, posixLibrary } from './posix-library.js';
import { describeTarget, nativeName, pathThroughDescriptor, type Target, terminated } from './posix-place.js';

/** What Linux holds each to (XATTR_LIST_MAX, XATTR_SIZE_MAX in linux/limits.h). */
const LARGEST_BYTES = 65536;
const MOST_ATTEMPTS = 3;
const NONE: readonly string[] = [];

let buffer = new Uint8Array(4096);

/** Whether attributes can be read and given here at all. */
export function hasXattrCalls(): boolean {
  const library = findPosixLibrary();
  return library !== undefined && !library.missing.some((name) => name.includes('xattr'));
}

/** The names of the attributes of `target`, sorted. */
export function listXattrs(target: Target): readonly string[] {
  const length = fill(target, 'listxattr');
  return length === undefined || length === 0 ? NONE : splitNames(buffer.subarray(0, length));
}

/** The value of an attribute; `undefined` where there is none of that name. */
export function findXattr(target: Target, name: string): Uint8Array | undefined {
  const length = fill(target, 'getxattr', name);
  return length === undefined ? undefined : buffer.slice(0, length);
}

/** Creates or replaces an attribute. Fails with ENOTSUP where the file system, or the kind of file, takes none. */
export function setXattr(target: Target, name: string, value: Uint8Array): void {
  const library = posixLibrary();
  const { calls } = library;
  const attribute = terminated(name);
  const result =
    typeof target === 'number'
      ? calls.fsetxattr(target, attribute, value, value.length, 0)
      : calls.lsetxattr(pathOf(target), attribute, value, value.length, 0);
  if (result !== 0) throw failure(library.errno(), 'setxattr', target);
}

/** Removes an attribute. Answers whether there was one. */
export function removeXattr(target: Target, name: string): boolean {
  const library = posixLibrary();
  const attribute = terminated(name);
  const result =
    typeof target === 'number'
      ? library.calls.fremovexattr(target, attribute)
      : library.calls.lremovexattr(pathOf(target), attribute);
  if (result === 0) return true;
  const errno = library.errno();
  if (saysNone(errno)) return false;
  throw failure(errno, 'removexattr', target);
}

/** Reads into the buffer, larger if need be, and answers how much; `undefined` where there is nothing of that kind. */
function fill(target: Target, syscall: 'listxattr' | 'getxattr', name = ''): number | undefined {
  const library = posixLibrary();
  const attribute = terminated(name);
  for (let attempt = 1; ; attempt++) {
    const length = syscall === 'listxattr' ? callList(library, target) : callGet(library, target, attribute);
    if (length >= 0) return length;
    const errno = library.errno();
    if (saysNone(errno)) return undefined;
    if (errno !== ERRNO.ERANGE || buffer.length >= LARGEST_BYTES) {
      // The runtime may have made calls of its own since, and their errno is what was read.
      if (errno === ERRNO.EAGAIN && attempt < MOST_ATTEMPTS) continue;
      throw failure(errno, syscall, target);
    }
    buffer = new Uint8Array(LARGEST_BYTES);
  }
}

function callList({ calls }: PosixLibrary, target: Target): number {
  if (typeof target === 'number') return calls.flistxattr(target, buffer, buffer.length);
  return calls.llistxattr(pathOf(target), buffer, buffer.length);
}

function callGet({ calls }: PosixLibrary, target: Target, attribute: string | Uint8Array): number {
  if (typeof target === 'number') return calls.fgetxattr(target, attribute, buffer, buffer.length);
  return calls.lgetxattr(pathOf(target), attribute, buffer, buffer.length);
}

function pathOf(target: Exclude<Target, number>): string | Uint8Array {
  return nativeName(typeof target === 'string' ? target : pathThroughDescriptor(target));
}

function saysNone(errno: number): boolean {
  return errno === ERRNO.ENODATA || errno === ERRNO.ENOTSUP;
}

function splitNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    names.push(decodeName(bytes.subarray(start, end)));
    start = end + 1;
  }
  return names.sort();
}

function failure(errno: number, syscall: string, target: Target): Error {
  return posixError({ syscall, errno, path: describeTarget(target) });
}
