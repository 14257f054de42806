// An open index segment: answers where an object stands. The front matter is in memory; leaves are read when they
// are needed, or all at once for bulk work, and each is checked against its checksum once.
import type { Backend } from '../backend.js';
import type { ObjectFormat, ObjectId } from '../object-id.js';
import { ID_LENGTH_BYTES, writeObjectId } from '../object-id.js';
import { type Entry, entryLength, readEntry, readEntryOf } from '../pack/entry.js';
import type { Platform } from '../platform.js';
import { readDamaged } from '../read-damaged.js';
import {
  corruptIndex,
  frontLength,
  leafCount,
  leafRange,
  parseFront,
  SEGMENT_HEADER_BYTES,
  type SegmentFront,
} from './segment-format.js';

const FIRST_READ_BYTES = 1 << 18;

export class IndexSegment {
  private readonly key: Uint8Array;
  private readonly leaves: (Uint8Array | undefined)[] = [];
  private whole: Uint8Array | undefined;

  constructor(
    readonly name: string,
    readonly front: SegmentFront,
    private readonly platform: Platform,
  ) {
    this.key = new Uint8Array(ID_LENGTH_BYTES[front.format]);
  }

  /**
   * The first entry of `id` that `accepts` takes, from leaves that are loaded; `undefined` where this segment has none.
   * An id has an entry for each pack that holds it.
   */
  find(id: ObjectId, accepts: (entry: Entry) => boolean = () => true): Entry | undefined {
    this.setKey(id);
    const { format } = this.front;
    const prefix = this.keyPrefix();
    for (let leaf = this.firstCandidate(); leaf < this.leafCount(); leaf++) {
      if (this.front.leafPrefix(leaf) > prefix) return undefined;
      const bytes = this.leaves[leaf];
      if (bytes === undefined) throw corruptIndex('a leaf was not loaded');
      let index = firstInLeaf(bytes, this.key, format);
      for (; holdsKey(bytes, index * entryLength(format), this.key); index++) {
        const entry = readEntryOf(bytes, index, id);
        if (accepts(entry)) return entry;
      }
    }
    return undefined;
  }

  /** All entries of `id`. */
  findAll(id: ObjectId): Entry[] {
    const found: Entry[] = [];
    this.find(id, (entry) => {
      found.push(entry);
      return false;
    });
    return found;
  }

  /** The id of the pack that holds an entry of this segment. */
  packOf(entry: Entry): string {
    return this.front.packs[this.front.block(entry.block).pack].id;
  }

  /** Loads the leaves that can hold `id`. */
  async load(backend: Backend, id: ObjectId): Promise<void> {
    if (this.isLoaded()) return;
    this.setKey(id);
    const prefix = this.keyPrefix();
    for (let leaf = this.firstCandidate(); leaf < this.leafCount(); leaf++) {
      if (this.front.leafPrefix(leaf) > prefix) return;
      if (this.leaves[leaf] === undefined) await this.loadLeaf(backend, leaf);
    }
  }

  /** Takes the whole file's bytes, so that every look-up is answered from memory. Checks every leaf. */
  adopt(bytes: Uint8Array): void {
    if (bytes.length !== this.sizeBytes()) throw corruptIndex('it has the wrong length');
    for (let leaf = 0; leaf < this.leafCount(); leaf++) {
      const { offset, lengthBytes } = leafRange(this.front, leaf);
      this.take(leaf, bytes.subarray(offset, offset + lengthBytes));
    }
    this.whole = bytes;
  }

  /** The whole file in shared memory, for other threads; the segment must have been adopted whole. */
  share(): SharedArrayBuffer {
    if (this.whole === undefined) throw corruptIndex('it was not loaded');
    if (this.whole.buffer instanceof SharedArrayBuffer) return this.whole.buffer;
    const shared = new SharedArrayBuffer(this.whole.length);
    new Uint8Array(shared).set(this.whole);
    this.adopt(new Uint8Array(shared));
    return shared;
  }

  /** Whether all leaves are in memory. */
  isLoaded(): boolean {
    return this.whole !== undefined;
  }

  /** All entries, for merging and checking; the segment must have been adopted whole. */
  *entries(): Generator<Entry> {
    for (const leaf of this.leaves) {
      if (leaf === undefined) throw corruptIndex('a leaf was not loaded');
      for (let i = 0; i < leaf.length / entryLength(this.front.format); i++)
        yield readEntry(leaf, i, this.front.format);
    }
  }

  /** All ids that start with the hexadecimal digits `prefix`, in order; the segment must have been adopted whole. */
  idsWithPrefix(prefix: string): ObjectId[] {
    const { format } = this.front;
    this.setKey(prefix.padEnd(2 * ID_LENGTH_BYTES[format], '0') as ObjectId);
    const found: ObjectId[] = [];
    for (let leaf = this.firstCandidate(); leaf < this.leafCount(); leaf++) {
      const bytes = this.leaves[leaf];
      if (bytes === undefined) throw corruptIndex('a leaf was not loaded');
      for (let i = 0; i < bytes.length / entryLength(format); i++) {
        const { id } = readEntry(bytes, i, format);
        if (id.startsWith(prefix)) found.push(id);
        else if (id > prefix) return found;
      }
    }
    return found;
  }

  leafCount(): number {
    return leafCount(this.front.entryCount);
  }

  sizeBytes(): number {
    return this.front.leavesStart + this.front.entryCount * entryLength(this.front.format);
  }

  private setKey(id: ObjectId): void {
    writeObjectId(this.key, 0, id);
  }

  private async loadLeaf(backend: Backend, leaf: number): Promise<void> {
    const bytes = await readDamaged(backend, this.name, leafRange(this.front, leaf));
    if (bytes === undefined) throw corruptIndex('it vanished');
    this.take(leaf, bytes);
  }

  private take(leaf: number, bytes: Uint8Array): void {
    const sound =
      bytes.length === leafRange(this.front, leaf).lengthBytes &&
      this.platform.crc32(bytes) === this.front.leafChecksum(leaf);
    if (!sound) throw corruptIndex(`the checksum of leaf ${leaf} does not match`);
    this.leaves[leaf] = bytes;
  }

  /** The last leaf whose first id is below the key's prefix: equal prefixes may start in the leaf before. */
  private firstCandidate(): number {
    const prefix = this.keyPrefix();
    let low = 0;
    let high = this.leafCount();
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.front.leafPrefix(middle) < prefix) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  private keyPrefix(): number {
    return ((this.key[0] << 24) | (this.key[1] << 16) | (this.key[2] << 8) | this.key[3]) >>> 0;
  }
}

/** Opens a segment by its front matter, which is read in one or two reads. Throws INDEX_CORRUPT. */
export async function openSegment(backend: Backend, platform: Platform, name: string): Promise<IndexSegment> {
  const first = await readDamaged(backend, name, { offset: 0, lengthBytes: FIRST_READ_BYTES });
  if (first === undefined) throw corruptIndex('it vanished');
  const length = frontLength(platform, first.subarray(0, SEGMENT_HEADER_BYTES));
  const whole = first.length < FIRST_READ_BYTES;
  if (length <= first.length) return openedFrom(platform, { name, bytes: first, whole });
  const bytes = await readDamaged(backend, name, { offset: 0, lengthBytes: length });
  if (bytes === undefined) throw corruptIndex('it vanished');
  return openedFrom(platform, { name, bytes, whole: false });
}

/** Opens a segment whose bytes are all in memory. */
export function openSegmentBytes(platform: Platform, name: string, bytes: Uint8Array): IndexSegment {
  return openedFrom(platform, { name, bytes, whole: true });
}

function openedFrom(
  platform: Platform,
  source: { name: string; bytes: Uint8Array; whole: boolean },
): IndexSegment {
  const segment = new IndexSegment(source.name, parseFront(platform, source.bytes), platform);
  if (source.whole) segment.adopt(source.bytes);
  return segment;
}

/** The number of the first entry of a leaf whose id is not below `key`. */
function firstInLeaf(leaf: Uint8Array, key: Uint8Array, format: ObjectFormat): number {
  const length = entryLength(format);
  let low = 0;
  let high = leaf.length / length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKey(leaf, middle * length, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the entry at `start` is one of `key`. */
function holdsKey(leaf: Uint8Array, start: number, key: Uint8Array): boolean {
  return start < leaf.length && compareKey(leaf, start, key) === 0;
}

function compareKey(leaf: Uint8Array, start: number, key: Uint8Array): number {
  for (let i = 0; i < key.length; i++) {
    const difference = leaf[start + i] - key[i];
    if (difference !== 0) return difference;
  }
  return 0;
}
