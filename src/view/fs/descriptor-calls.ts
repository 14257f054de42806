// Open files of a read-only file system, as node:fs has them in their synchronous form. Descriptors are numbers of this
// file system alone.
import { type BigIntStats, constants, type Stats } from 'node:fs';
import { createFsError, orInputOutputError } from '../fs-error.js';
import type { LazyEntry } from '../lazy-entry.js';
import { argumentError } from './argument-error.js';
import { isDirectory, isLink, type PathLookup, pathOf } from './path-lookup.js';
import { statsOf } from './reading-calls.js';
import type { OpenRefusals } from './refused-calls.js';

/** Far from the numbers that a process has for its own files. */
const FIRST_DESCRIPTOR = 2 ** 30;
/** What Node reads into one buffer at most (kIoMaxLength). */
const MOST_BYTES = 2 ** 31 - 1;
const WRITING = constants.O_WRONLY | constants.O_RDWR | constants.O_APPEND | constants.O_TRUNC;

interface OpenFile {
  readonly entry: LazyEntry;
  position: number;
}

export interface ReadOptions {
  readonly offset?: number | null;
  readonly length?: number | null;
  readonly position?: number | bigint | null;
}

export interface ReadFileOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null;
  readonly flag?: string | number;
}

/** All throw as Node's own do, and EIO where the store can't give what was asked for. */
export interface DescriptorCalls {
  open(path: unknown, flags?: string | number | null, mode?: unknown): number;
  close(descriptor: number): void;
  fstat(descriptor: number, options?: { readonly bigint?: boolean }): Stats | BigIntStats;
  /** How many bytes were read; 0 at the end. Without a position it is read on from where the last reading ended. */
  read(descriptor: number, target: ArrayBufferView, options?: ReadOptions): number;
  /** `path` may be a descriptor: then what is left is read. */
  readFile(path: unknown, options?: ReadFileOptions | BufferEncoding | null): string | Buffer;
}

export function descriptorCalls(lookup: PathLookup, refusals: OpenRefusals): DescriptorCalls {
  const files = new Map<number, OpenFile>();
  let next = FIRST_DESCRIPTOR;
  const fileOf = (descriptor: unknown, syscall: string): OpenFile => {
    const file = files.get(descriptor as number);
    if (file === undefined) throw createFsError('EBADF', { syscall });
    return file;
  };
  return {
    open: (path, flags) => {
      const entry = openEntry(lookup, pathOf(path), { flags: flags ?? 'r', refusals });
      files.set(next, { entry, position: 0 });
      return next++;
    },
    close: (descriptor) => {
      fileOf(descriptor, 'close');
      files.delete(descriptor);
    },
    fstat: (descriptor, { bigint = false } = {}) =>
      statsOf(fileOf(descriptor, 'fstat').entry, { bigint, syscall: 'fstat' }),
    read: (descriptor, target, options = {}) => readInto(fileOf(descriptor, 'read'), target, options),
    readFile: (path, options) => {
      const { encoding, flag } = typeof options === 'string' ? { encoding: options } : (options ?? {});
      if (typeof path === 'number') return decoded(readRest(fileOf(path, 'read')), encoding);
      const entry = openEntry(lookup, pathOf(path), { flags: flag ?? 'r', refusals });
      return decoded(readRest({ entry, position: 0 }), encoding);
    },
  };
}

function openEntry(
  lookup: PathLookup,
  path: string,
  { flags, refusals }: { readonly flags: string | number; readonly refusals: OpenRefusals },
): LazyEntry {
  const bits = typeof flags === 'number' ? flags : bitsOf(flags);
  const syscall = 'open';
  if ((bits & WRITING) !== 0) {
    if ((bits & constants.O_CREAT) === 0) refusals.existing(path);
    if ((bits & constants.O_EXCL) === 0) refusals.any(path);
    refusals.missing(path);
  }
  const follow = (bits & constants.O_NOFOLLOW) === 0;
  const { entry } = lookup.find(path, { syscall, follow });
  if (isLink(entry)) throw createFsError('ELOOP', { syscall, path });
  if ((bits & constants.O_DIRECTORY) !== 0 && !isDirectory(entry))
    throw createFsError('ENOTDIR', { syscall, path });
  const type = entry.mode & constants.S_IFMT;
  // As on a file system that is mounted with nodev.
  if (type === constants.S_IFCHR || type === constants.S_IFBLK)
    throw createFsError('EACCES', { syscall, path });
  return entry;
}

const READ_WRITE = constants.O_RDWR;
const OVERWRITE = constants.O_WRONLY | constants.O_CREAT;

/** What Node has names for (stringToFlags in lib/internal/fs/utils.js), as far as it matters here. */
const FLAGS: Readonly<Record<string, number>> = {
  ...{ r: constants.O_RDONLY, rs: constants.O_RDONLY, sr: constants.O_RDONLY },
  ...{ 'r+': READ_WRITE, 'rs+': READ_WRITE, 'sr+': READ_WRITE },
  ...flagsOf(['w', 'w+', 'a', 'a+', 'as', 'sa', 'as+', 'sa+'], OVERWRITE),
  ...flagsOf(['wx', 'xw', 'wx+', 'xw+', 'ax', 'xa', 'ax+', 'xa+'], OVERWRITE | constants.O_EXCL),
};

function flagsOf(names: readonly string[], bits: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, bits]));
}

function bitsOf(flags: string): number {
  const bits = FLAGS[flags];
  if (bits !== undefined) return bits;
  throw argumentError('ERR_INVALID_ARG_VALUE', 'flags', { expected: "such as 'r'", found: flags });
}

function readInto(
  file: OpenFile,
  target: ArrayBufferView,
  { offset, length, position }: ReadOptions,
): number {
  const start = offset ?? 0;
  const lengthBytes = length ?? target.byteLength - start;
  if (start < 0 || lengthBytes < 0 || start + lengthBytes > target.byteLength) {
    const expected = `at most ${target.byteLength}, with the offset`;
    throw argumentError('ERR_OUT_OF_RANGE', 'length', { expected, found: lengthBytes });
  }
  const given = position === undefined || position === null ? -1 : Number(position);
  const bytes = readRange(file.entry, { offset: given < 0 ? file.position : given, lengthBytes });
  new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes, start);
  if (given < 0) file.position += bytes.length;
  return bytes.length;
}

/** From the position to the end, as bytes of the caller's own. */
function readRest(file: OpenFile): Buffer {
  const size = orInputOutputError(placeOf(file.entry), () => file.entry.sizeBytes());
  if (size - file.position > MOST_BYTES) throw tooLarge(size);
  const range = { offset: file.position, lengthBytes: Math.max(0, size - file.position) };
  const bytes = readRange(file.entry, range);
  file.position += bytes.length;
  return Buffer.from(bytes);
}

function readRange(entry: LazyEntry, range: { offset: number; lengthBytes: number }): Uint8Array {
  if (isDirectory(entry)) throw createFsError('EISDIR', { syscall: 'read' });
  return orInputOutputError(placeOf(entry), () => entry.read(range));
}

function placeOf({ path }: LazyEntry): { syscall: string; path: string } {
  return { syscall: 'read', path };
}

function decoded(bytes: Buffer, encoding: BufferEncoding | 'buffer' | null | undefined): string | Buffer {
  if (encoding === undefined || encoding === null || encoding === 'buffer') return bytes;
  if (Buffer.isEncoding(encoding)) return bytes.toString(encoding);
  throw argumentError('ERR_INVALID_ARG_VALUE', 'encoding', { expected: 'an encoding', found: encoding });
}

function tooLarge(size: number): Error {
  const text = `File size (${size}) is greater than 2 GiB; read it in parts.`;
  return Object.assign(new RangeError(text), { code: 'ERR_FS_FILE_TOO_LARGE' });
}
