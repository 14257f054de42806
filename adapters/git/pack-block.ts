// Turns what stands in a block of a store into entries of a git pack; each object is checked against its id first.
import { SavepointError } from '../../store/errors.js';
import {
  ID_LENGTH_BYTES,
  type ObjectFormat,
  type ObjectId,
  readObjectId,
  writeObjectId,
} from '../../store/object-id.js';
import { corruptObject } from '../../store/object-reader.js';
import { decodeBlock, LARGEST_RECORD_BYTES } from '../../store/pack/block.js';
import { findRecord } from '../../store/pack/record.js';
import type { Platform } from '../../store/platform.js';
import { adler32, deflatePiece, encodePackEntry } from './pack-entry.js';

/** Objects that stand whole in one block. */
export interface BlockRequest {
  readonly kind: 'objects';
  readonly block: StoredBlock;
  /** Where each stands in the block: offset and length, by turns. */
  readonly places: Uint32Array;
  /** The ids, one after the other. */
  readonly ids: Uint8Array;
}

/** A piece of a large object. */
export interface PieceRequest {
  readonly kind: 'piece';
  readonly block: StoredBlock;
  readonly place: { readonly id: ObjectId; readonly offset: number; readonly lengthBytes: number };
}

export interface StoredBlock {
  /** As the store has it, with its header. */
  readonly stored: Uint8Array;
  readonly rawBytes: number;
}

export type PackingRequest = BlockRequest | PieceRequest;

/** Entries for a pack, one after the other in `bytes`. */
export interface PackedObjects {
  readonly bytes: Uint8Array;
  readonly lengths: Uint32Array;
  /** The CRC-32 of each entry. */
  readonly checksums: Uint32Array;
  /** The ids in the pack's object format, one after the other. */
  readonly ids: Uint8Array;
}

export interface PackedPiece {
  readonly content: Uint8Array;
  readonly deflated: Uint8Array;
  /** The Adler-32 of `content`. */
  readonly checksum: number;
}

export interface PackingFormats {
  /** That of the store. */
  readonly from: ObjectFormat;
  /** That of the repository. */
  readonly to: ObjectFormat;
}

/** Throws BLOCK_CORRUPT, or OBJECT_CORRUPT where an object is not the one of its id. */
export function packBlock(platform: Platform, formats: PackingFormats, request: BlockRequest): PackedObjects {
  const raw = decode(platform, request.block);
  const count = request.places.length / 2;
  const { from, to } = formats;
  const output = new Output();
  const packed = {
    lengths: new Uint32Array(count),
    checksums: new Uint32Array(count),
    ids: from === to ? request.ids : new Uint8Array(count * ID_LENGTH_BYTES[to]),
  };
  for (let number = 0; number < count; number++) {
    const id = readObjectId(request.ids, number * ID_LENGTH_BYTES[from], from);
    const [offset, lengthBytes] = request.places.subarray(number * 2, number * 2 + 2);
    const object = readObject(platform, from, { raw, place: { id, offset, lengthBytes } });
    if (from !== to) {
      const translated = platform.hash(to, object.record) as ObjectId;
      writeObjectId(packed.ids, number * ID_LENGTH_BYTES[to], translated);
    }
    const entry = output.append(encodePackEntry(object.kind, object.content));
    packed.lengths[number] = entry.length;
    packed.checksums[number] = platform.crc32(entry);
  }
  return { ...packed, bytes: output.take() };
}

/** Throws as `packBlock`. */
export function packPiece(platform: Platform, format: ObjectFormat, request: PieceRequest): PackedPiece {
  const raw = decode(platform, request.block);
  const { content } = readObject(platform, format, { raw, place: request.place });
  // In memory of their own, which can go to another thread.
  const deflated = new Uint8Array(deflatePiece(content));
  return { content: new Uint8Array(content), deflated, checksum: adler32(content) };
}

/** This thread's: one block is done before the next is decoded. */
let rawBuffer: Uint8Array | undefined;
let outputBuffer: Uint8Array | undefined;

function decode(platform: Platform, { stored, rawBytes }: StoredBlock): Uint8Array {
  rawBuffer ??= new Uint8Array(LARGEST_RECORD_BYTES);
  const { role, raw } = decodeBlock(platform, stored, rawBuffer);
  if (role === 'records' && raw.length === rawBytes) return raw;
  throw new SavepointError('BLOCK_CORRUPT', 'A block cannot be read: it is not the one that was asked for.');
}

function readObject(
  platform: Platform,
  format: ObjectFormat,
  { raw, place }: { raw: Uint8Array; place: PieceRequest['place'] },
) {
  const record = raw.subarray(place.offset, place.offset + place.lengthBytes);
  const span = findRecord(record, 0, format);
  if (span === undefined || platform.hash(format, record) !== place.id) throw corruptObject(place.id);
  return { record, kind: span.kind, content: record.subarray(span.contentStart, span.end) };
}

/** Entries one after the other, in memory that is used again for each block. */
class Output {
  private length = 0;

  append(parts: readonly Uint8Array[]): Uint8Array {
    const start = this.length;
    for (const part of parts) {
      outputBuffer = withRoom(outputBuffer, this.length + part.length);
      outputBuffer.set(part, this.length);
      this.length += part.length;
    }
    return (outputBuffer as Uint8Array).subarray(start, this.length);
  }

  /** In memory of its own, which can go to another thread. */
  take(): Uint8Array {
    return (outputBuffer ?? new Uint8Array()).slice(0, this.length);
  }
}

function withRoom(buffer: Uint8Array | undefined, lengthBytes: number): Uint8Array {
  if (buffer !== undefined && buffer.length >= lengthBytes) return buffer;
  const larger = new Uint8Array(Math.max(lengthBytes, 2 * (buffer?.length ?? 1 << 20)));
  if (buffer !== undefined) larger.set(buffer);
  return larger;
}
