// One reply to the kernel as it is being put together, in a buffer that is used for all of them.
import { encodeName } from '../../store/names.js';
import type { FuseAttributes, FuseChild } from './fuse-file-system.js';
import {
  ATTRIBUTES_OUT_BYTES,
  DIRENT_BYTES,
  ENTRY_OUT_BYTES,
  INIT_OUT_BYTES,
  OUT_HEADER_BYTES,
  STATFS_OUT_BYTES,
} from './fuse-protocol.js';

/** The block size that is told, and which a program's own reads have where it asks. */
const BLOCK_BYTES = 4096;
const IO_BYTES = 128 << 10;
/** Of what st_blocks counts. */
const SECTOR_BYTES = 512;
const LONGEST_NAME = 255;
const TWO_TO_32 = 2 ** 32;

export interface InitReply {
  readonly major: number;
  readonly minor: number;
  readonly maxReadahead: number;
  readonly flags: number;
  readonly maxBackground: number;
  readonly maxPages: number;
}

export class FuseReply {
  readonly bytes: Buffer;
  private readonly words: Uint32Array;
  private end = OUT_HEADER_BYTES;
  private errno = 0;

  constructor(capacityBytes: number) {
    const memory = new ArrayBuffer(OUT_HEADER_BYTES + capacityBytes);
    this.bytes = Buffer.from(memory);
    this.words = new Uint32Array(memory);
  }

  /** Begins a new reply, of nothing so far. */
  clear(): void {
    this.end = OUT_HEADER_BYTES;
    this.errno = 0;
  }

  /** The reply is an error, whatever was added. */
  fail(errno: number): void {
    this.end = OUT_HEADER_BYTES;
    this.errno = errno;
  }

  /** The whole reply to the request of that number. */
  finish(uniqueLow: number, uniqueHigh: number): Buffer {
    const { words } = this;
    words[0] = this.end;
    words[1] = -this.errno;
    words[2] = uniqueLow;
    words[3] = uniqueHigh;
    return this.bytes.subarray(0, this.end);
  }

  content(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  init({ major, minor, maxReadahead, flags, maxBackground, maxPages }: InitReply): void {
    const at = this.take(INIT_OUT_BYTES);
    this.words.set([major, minor, maxReadahead, flags], at);
    // The threshold from which the kernel calls it congested, above the number of requests that may wait.
    this.words[at + 4] = maxBackground | (((maxBackground * 3) >> 2) << 16);
    this.words[at + 5] = BLOCK_BYTES;
    this.words[at + 6] = 1;
    this.words[at + 7] = maxPages;
  }

  /** A node as the answer to a look-up. `node` 0 says that there is none, for as long as it is valid. */
  entry(node: number, validSeconds: number, attributes?: FuseAttributes): void {
    this.putEntry(this.take(ENTRY_OUT_BYTES), { node, validSeconds, attributes });
  }

  attributes(attributes: FuseAttributes, validSeconds: number): void {
    const at = this.take(ATTRIBUTES_OUT_BYTES);
    this.words[at] = validSeconds;
    this.putAttributes(at + 4, attributes);
  }

  open(flags: number): void {
    const at = this.take(16);
    this.words[at + 2] = flags;
  }

  /** The length of an extended attribute. */
  length(lengthBytes: number): void {
    const at = this.take(8);
    this.words[at] = lengthBytes;
  }

  offset(offset: number): void {
    this.putLong(this.take(8), offset);
  }

  fileSystem(): void {
    const at = this.take(STATFS_OUT_BYTES);
    this.words[at + 10] = BLOCK_BYTES;
    this.words[at + 11] = LONGEST_NAME;
    this.words[at + 12] = BLOCK_BYTES;
  }

  /** A name in a directory; `false` where it does not fit into `limitBytes` any more. */
  child(child: FuseChild, next: number, limitBytes: number): boolean {
    const name = encodeName(child.name);
    const length = aligned(DIRENT_BYTES + name.length);
    if (this.end - OUT_HEADER_BYTES + length > limitBytes) return false;
    this.putChild(this.take(length), { child, next, name });
    return true;
  }

  /** As `child`, with all that a look-up would answer; without `attributes` nobody has looked it up. */
  childWithEntry(
    child: FuseChild,
    next: number,
    { limitBytes, validSeconds, attributes }: ChildEntry,
  ): boolean {
    const name = encodeName(child.name);
    const length = aligned(ENTRY_OUT_BYTES + DIRENT_BYTES + name.length);
    if (this.end - OUT_HEADER_BYTES + length > limitBytes) return false;
    const at = this.take(length);
    if (attributes !== undefined) this.putEntry(at, { node: child.node, validSeconds, attributes });
    this.putChild(at + ENTRY_OUT_BYTES / 4, { child, next, name });
    return true;
  }

  /** Adds zeros, and answers at which word they begin. */
  private take(lengthBytes: number): number {
    const at = this.end / 4;
    this.words.fill(0, at, at + lengthBytes / 4);
    this.end += lengthBytes;
    return at;
  }

  private putChild(
    at: number,
    { child, next, name }: { child: FuseChild; next: number; name: Uint8Array },
  ): void {
    const { words } = this;
    words[at] = child.inodeLow;
    words[at + 1] = child.inodeHigh;
    this.putLong(at + 2, next);
    words[at + 4] = name.length;
    words[at + 5] = (child.mode >> 12) & 0xf;
    this.bytes.set(name, at * 4 + DIRENT_BYTES);
  }

  private putEntry(at: number, { node, validSeconds, attributes }: EntryWords): void {
    this.putLong(at, node);
    this.words[at + 4] = validSeconds;
    this.words[at + 6] = validSeconds;
    if (attributes !== undefined) this.putAttributes(at + 10, attributes);
  }

  /** Nothing but the time of modification is captured: it stands for the others. */
  private putAttributes(at: number, attributes: FuseAttributes): void {
    const { words } = this;
    const { modifiedSeconds: seconds, modifiedNanoseconds: nanoseconds } = attributes;
    words[at] = attributes.inodeLow;
    words[at + 1] = attributes.inodeHigh;
    this.putLong(at + 2, attributes.sizeBytes);
    this.putLong(at + 4, Math.ceil(attributes.allocatedBytes / SECTOR_BYTES));
    for (let time = 0; time < 3; time++) {
      this.putLong(at + 6 + time * 2, seconds);
      words[at + 12 + time] = nanoseconds;
    }
    words[at + 15] = attributes.mode;
    words[at + 16] = attributes.linkCount;
    words[at + 17] = attributes.userId;
    words[at + 18] = attributes.groupId;
    words[at + 19] = attributes.deviceNumber;
    words[at + 20] = IO_BYTES;
  }

  /** 64 bits, two's complement where negative. */
  private putLong(at: number, value: number): void {
    this.words[at] = value;
    this.words[at + 1] = Math.floor(value / TWO_TO_32);
  }
}

interface ChildEntry {
  readonly limitBytes: number;
  readonly validSeconds: number;
  readonly attributes: FuseAttributes | undefined;
}

interface EntryWords {
  readonly node: number;
  readonly validSeconds: number;
  readonly attributes: FuseAttributes | undefined;
}

function aligned(lengthBytes: number): number {
  return (lengthBytes + 7) & ~7;
}
