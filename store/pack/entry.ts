// An entry says where the record of an object stands: id, block, place in the block (offset and kind), length.
// Packs and index segments keep entries in one flat buffer of 44 bytes an object (32 for sha1), never as objects.
import {
  ID_LENGTH_BYTES,
  type ObjectFormat,
  type ObjectId,
  readObjectId,
  writeObjectId,
} from '../object-id.js';

/** Where a record stands. `kind` is the number of `kindNumber`, with `RECIPE_FLAG` where it is a recipe. */
export interface Entry {
  readonly id: ObjectId;
  readonly kind: number;
  readonly block: number;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** Block, offset with kind, and length. */
const PLACE_BYTES = 12;

export function entryLength(format: ObjectFormat): number {
  return ID_LENGTH_BYTES[format] + PLACE_BYTES;
}

/** Entry number `index` of a flat buffer. */
export function readEntry(bytes: Uint8Array, index: number, format: ObjectFormat): Entry {
  return readEntryOf(bytes, index, readObjectId(bytes, index * entryLength(format), format));
}

/** As `readEntry`, where it is known whose entry that is. */
export function readEntryOf(bytes: Uint8Array, index: number, id: ObjectId): Entry {
  const idLength = id.length / 2;
  const at = index * (idLength + PLACE_BYTES) + idLength;
  return {
    id,
    block: readWord(bytes, at),
    offset: bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16),
    kind: bytes[at + 7],
    lengthBytes: readWord(bytes, at + 8),
  };
}

function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

/** A flat buffer of entries that grows as they are appended. */
export class EntryBuffer {
  count = 0;
  private bytes: Uint8Array;
  private view: DataView;

  constructor(readonly format: ObjectFormat) {
    this.bytes = new Uint8Array(entryLength(format) * 256);
    this.view = new DataView(this.bytes.buffer);
  }

  append(entry: Entry): void {
    const start = this.count * entryLength(this.format);
    this.reserve(start + entryLength(this.format));
    const offset = writeObjectId(this.bytes, start, entry.id);
    this.view.setUint32(offset, entry.block, true);
    this.view.setUint32(offset + 4, (entry.offset | (entry.kind << 24)) >>> 0, true);
    this.view.setUint32(offset + 8, entry.lengthBytes, true);
    this.count++;
  }

  /** Appends all `entries` of one pack, whose first block becomes number `firstBlock`. */
  appendAll(entries: Uint8Array, firstBlock: number): void {
    const length = entryLength(this.format);
    const start = this.count * length;
    this.reserve(start + entries.length);
    this.bytes.set(entries, start);
    const { view } = this;
    const idLength = ID_LENGTH_BYTES[this.format];
    for (let at = start + idLength; at < start + entries.length; at += length) {
      view.setUint32(at, view.getUint32(at, true) + firstBlock, true);
    }
    this.count += entries.length / length;
  }

  /** What was appended so far, valid until the next append. */
  appended(): Uint8Array {
    return this.bytes.subarray(0, this.count * entryLength(this.format));
  }

  private reserve(lengthBytes: number): void {
    if (lengthBytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(lengthBytes, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
