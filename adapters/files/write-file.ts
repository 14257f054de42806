// Writes one new file under a name that nobody looks at yet: content, then owner, mode, extended attributes, times.
// Restored files get their final name only afterwards, when everything is on the disk.
import { ftruncateSync, readFileSync, writeSync } from 'node:fs';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { Owner } from '../node/posix-call-contract.js';
import { closeDescriptor, createFile } from '../node/posix-directory.js';
import { errnoOf, isPosixError, posixError } from '../node/posix-error.js';
import { changeMode, changeOwner, setTimes } from '../node/posix-ownership.js';
import { describeTarget, type Place, type Target } from '../node/posix-place.js';
import { readDescriptorStatus, readStatus } from '../node/posix-status.js';
import { listXattrs, removeXattr, setXattr } from '../node/posix-xattr.js';
import type { FileAttributes } from './attributes.js';
import { STATUS_WORDS, WORD } from './status-words.js';

/**
 * Creates the file `place` with all of its content; returns which attributes it could not be given. The directory must
 * be one that nobody else may enter: the file has its mode from the beginning, as far as the umask lets it.
 */
export function writeFile(
  place: Place,
  content: Uint8Array,
  file: { readonly attributes: FileAttributes; readonly umask: number },
): string[] {
  const { attributes, umask } = file;
  const mode = attributes.mode & PERMISSIONS;
  const descriptor = createFile(place, mode);
  try {
    if (attributes.data === undefined) writeAll(descriptor, content, 0);
    else writeRanges(descriptor, content, attributes.data);
    const known = (mode & umask) === 0 ? { mode } : {};
    return applyAttributes(descriptor, attributes, { isNew: true, ...known, owner: currentOwner() });
  } finally {
    closeDescriptor(descriptor);
  }
}

/** What a new file can be given when it is made; setuid, setgid and sticky come after its owner. */
const PERMISSIONS = 0o777;

/** Bits that new files don't get. Asking Node sets it for an instant, for all threads; the kernel just tells (proc(5)). */
export function readUmask(): number {
  const line = /^Umask:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'));
  return Number.parseInt(line?.[1] ?? '777', 8);
}

let current: Owner | undefined;

/** Whose the files are that this process makes, in directories that are not setgid. */
function currentOwner(): Owner | undefined {
  if (process.geteuid === undefined || process.getegid === undefined) return undefined;
  current ??= { userId: process.geteuid(), groupId: process.getegid() };
  return current;
}

/** Writes all of `bytes` at `position`. */
export function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
    } catch (error) {
      throw writeError(error, descriptor);
    }
  }
}

/**
 * Writes the part of the content at `position` that lies in the data ranges of a sparse file, which are in their order.
 * Zeros outside of them stay holes; anything else is written too, as the ranges may have been read later than it.
 */
export function writeRangesOf(
  descriptor: number,
  part: { readonly bytes: Uint8Array; readonly position: number },
  ranges: readonly (readonly [number, number])[],
): void {
  const write = (from: number, to: number, isHole: boolean) => {
    const start = Math.max(from, part.position);
    const end = Math.min(to, part.position + part.bytes.length);
    if (start >= end) return;
    const bytes = part.bytes.subarray(start - part.position, end - part.position);
    if (!isHole || !isZero(bytes)) writeAll(descriptor, bytes, start);
  };
  let done = 0;
  for (const [offset, length] of ranges) {
    write(done, offset, true);
    write(offset, offset + length, false);
    done = offset + length;
  }
  write(done, Number.POSITIVE_INFINITY, true);
}

const ZEROS = Buffer.alloc(1 << 16);

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const piece = bytes.subarray(at, at + ZEROS.length);
    if (ZEROS.compare(piece, 0, piece.length, 0, piece.length) !== 0) return false;
  }
  return true;
}

function writeRanges(
  descriptor: number,
  content: Uint8Array,
  ranges: readonly (readonly [number, number])[],
): void {
  ftruncateSync(descriptor, content.length);
  writeRangesOf(descriptor, { bytes: content, position: 0 }, ranges);
}

/**
 * Gives a file its owner, mode, extended attributes and time, in the order in which none undoes another: a change of
 * owner drops setuid bits and capabilities. Returns what could not be given, for want of privilege or support.
 */
export function applyAttributes(target: Target, attributes: FileAttributes, options: Known): string[] {
  const { userId, groupId, mode } = attributes;
  const failed: string[] = [];
  const hasOwner = options.owner?.userId === userId && options.owner.groupId === groupId;
  if (!hasOwner) attempt(failed, 'its owner', () => giveOwner(target, { userId, groupId }));
  const hasMode = attributes.type === 'symlink' || options.mode === mode;
  if (!hasMode) attempt(failed, 'its mode', () => changeMode(target, mode));
  applyXattrs(target, attributes, { ...options, failed });
  const modified = { seconds: attributes.modifiedSeconds, nanoseconds: attributes.modifiedNanoseconds };
  attempt(failed, 'its time', () => setTimes(target, modified));
  return failed;
}

/** Where owners can't be given, a file may still have the right one. */
function giveOwner(target: Target, owner: Owner): void {
  try {
    changeOwner(target, owner);
  } catch (error) {
    const words = new Int32Array(STATUS_WORDS);
    const errno =
      typeof target === 'number' ? readDescriptorStatus(target, words, 0) : readStatus(target, words, 0);
    const isRight = words[WORD.userId] >>> 0 === owner.userId && words[WORD.groupId] >>> 0 === owner.groupId;
    if (errno !== 0 || !isRight) throw error;
  }
}

/** What is known of the file that attributes are given to, and need not be done again. */
interface Known {
  /** It has no extended attributes yet. */
  readonly isNew: boolean;
  readonly mode?: number;
  readonly owner?: Owner | undefined;
}

function applyXattrs(
  target: Target,
  attributes: FileAttributes,
  options: { isNew: boolean; failed: string[] },
): void {
  const wanted = attributes.xattrs ?? {};
  if (!options.isNew) {
    attempt(options.failed, 'its extended attributes', () => {
      for (const name of listXattrs(target)) if (!(name in wanted)) removeXattr(target, name);
    });
  }
  for (const [name, value] of Object.entries(wanted)) {
    attempt(options.failed, `its attribute ${name}`, () =>
      setXattr(target, name, Buffer.from(value, 'base64')),
    );
  }
}

function attempt(failed: string[], what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const tolerable =
      isSavepointError(error, 'PERMISSION_DENIED', 'UNSUPPORTED') ||
      isPosixError(error, 'ENOTSUP', 'EINVAL', 'ERANGE');
    if (!tolerable) throw error;
    failed.push(what);
  }
}

function writeError(error: unknown, descriptor: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') {
    return posixError({ syscall: 'write', errno: errnoOf(error), path: describeTarget(descriptor) });
  }
  return new SavepointError(
    'STORAGE_FULL',
    'The disk that is restored to is full; nothing that was there has been changed. Make room and try again.',
    { fields: { errno: code }, cause: error },
  );
}
