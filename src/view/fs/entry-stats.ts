// What `stat` and `readdir` tell of a file, in the shapes that node:fs has for it. A point has one time of each file, that
// of its last modification, so all four are that one.
import { type BigIntStats, constants, type Dirent, type Stats } from 'node:fs';
import { encodeName } from '../../../store/names.js';
import { inodeNumber } from '../../mount/inode-number.js';
import { orInputOutputError } from '../fs-error.js';
import type { LazyEntry } from '../lazy-entry.js';

const BLOCK_BYTES = 512;
const PREFERRED_BYTES = 4096;

/** The questions about the type of a file. */
class FileType {
  readonly #type: number;

  constructor(mode: number) {
    this.#type = mode & constants.S_IFMT;
  }

  isFile(): boolean {
    return this.#type === constants.S_IFREG;
  }

  isDirectory(): boolean {
    return this.#type === constants.S_IFDIR;
  }

  isSymbolicLink(): boolean {
    return this.#type === constants.S_IFLNK;
  }

  isFIFO(): boolean {
    return this.#type === constants.S_IFIFO;
  }

  isSocket(): boolean {
    return false;
  }

  isCharacterDevice(): boolean {
    return this.#type === constants.S_IFCHR;
  }

  isBlockDevice(): boolean {
    return this.#type === constants.S_IFBLK;
  }
}

/** `T` is what numbers are. */
class EntryStatus<T extends number | bigint> extends FileType {
  readonly dev: T;
  readonly ino: T;
  readonly mode: T;
  readonly uid: T;
  readonly gid: T;
  readonly rdev: T;
  readonly size: T;
  readonly blksize: T;
  readonly blocks: T;
  readonly atimeMs: T;
  readonly mtimeMs: T;
  readonly ctimeMs: T;
  readonly birthtimeMs: T;
  readonly #entry: LazyEntry;
  readonly #toNumber: (value: number) => T;

  constructor(entry: LazyEntry, toNumber: (value: number) => T, timeMs: T) {
    super(entry.mode);
    this.#entry = entry;
    this.#toNumber = toNumber;
    const size = entry.sizeBytes();
    this.dev = toNumber(0);
    this.ino = toNumber(inodeOf(entry.file));
    this.mode = toNumber(entry.mode);
    this.uid = toNumber(entry.userId);
    this.gid = toNumber(entry.groupId);
    this.rdev = toNumber(entry.deviceNumber);
    this.size = toNumber(size);
    this.blksize = toNumber(PREFERRED_BYTES);
    this.blocks = toNumber(Math.ceil(size / BLOCK_BYTES));
    this.atimeMs = timeMs;
    this.mtimeMs = timeMs;
    this.ctimeMs = timeMs;
    this.birthtimeMs = timeMs;
  }

  /** Counted when it is asked for: the first time, all directories of a component are looked through for it. */
  get nlink(): T {
    const entry = this.#entry;
    return this.#toNumber(orInputOutputError({ syscall: 'stat', path: entry.path }, () => entry.linkCount()));
  }

  get atime(): Date {
    return this.mtime;
  }

  get mtime(): Date {
    return new Date(Math.round(Number(this.mtimeMs)));
  }

  get ctime(): Date {
    return this.mtime;
  }

  get birthtime(): Date {
    return this.mtime;
  }
}

export class EntryStats extends EntryStatus<number> implements Stats {
  constructor(entry: LazyEntry) {
    const { seconds, nanoseconds } = entry.modified;
    super(entry, (value) => value, seconds * 1000 + nanoseconds / 1e6);
  }
}

export class EntryBigIntStats extends EntryStatus<bigint> implements BigIntStats {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;

  constructor(entry: LazyEntry) {
    const { seconds, nanoseconds } = entry.modified;
    const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
    super(entry, BigInt, timeNs / 1_000_000n);
    this.atimeNs = timeNs;
    this.mtimeNs = timeNs;
    this.ctimeNs = timeNs;
    this.birthtimeNs = timeNs;
  }
}

/** A name in a directory. */
export class EntryDirent<N extends string | Buffer = string> extends FileType implements Dirent<N> {
  constructor(
    readonly name: N,
    readonly parentPath: string,
    entry: LazyEntry,
  ) {
    super(entry.mode);
  }

  /** What `parentPath` was called first. */
  get path(): string {
    return this.parentPath;
  }
}

/** The number that it has in every mount, too. */
function inodeOf(file: string): number {
  const { inodeHigh, inodeLow } = inodeNumber(file);
  return inodeHigh * 2 ** 32 + inodeLow;
}

/** A name as the encoding that was asked for has it: text unless it is 'buffer'. */
export function encodedName(
  name: string,
  encoding: BufferEncoding | 'buffer' | null | undefined,
): string | Buffer {
  if (encoding === undefined || encoding === null || encoding === 'utf8' || encoding === 'utf-8') return name;
  const { buffer, byteOffset, length } = encodeName(name);
  const bytes = Buffer.from(buffer, byteOffset, length);
  return encoding === 'buffer' ? bytes : bytes.toString(encoding);
}
