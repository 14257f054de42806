// Blocks that are decoded before they are asked for, by another thread: whoever reads a tree from front to back needs the ones
// behind those it has. A contract, and what such a thread does; how threads talk is an adapter's matter.
import type { HeldFiles } from './backend.js';
import type { ObjectId } from './object-id.js';
import { BLOCK_HEADER_BYTES, decodeBlock, findBlockHeader } from './pack/block.js';
import type { PackSource } from './pack/pack-reader.js';
import { packName } from './pack/pack-writer.js';
import { findRecord } from './pack/record.js';

export interface BlockPlace {
  readonly packId: string;
  readonly offset: number;
}

/** A decoded block, and what its records hash to: that of number `n` stands at `places[2 * n]`, `places[2 * n + 1]` bytes. */
export interface HashedBlock {
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly places: Uint32Array;
  readonly ids: readonly ObjectId[];
}

export interface BlocksAhead {
  /** Has the block at `place` be decoded, if there is one; the caller gives up `memory`. */
  request(place: BlockPlace, memory: Uint8Array<ArrayBuffer> | undefined): void;
  /** A block that was requested; `undefined` where it was not, or could not be had. Waits while it is being decoded. */
  take(place: BlockPlace): HashedBlock | undefined;
}

/** The block at `place`, in `memory` if that is enough; `undefined` where there is no sound one. Throws what reading throws. */
export function hashBlock(
  { platform, format }: Pick<PackSource, 'platform' | 'format'>,
  { held, place, memory }: { held: HeldFiles; place: BlockPlace; memory: Uint8Array<ArrayBuffer> },
): HashedBlock | undefined {
  const name = packName(place.packId);
  const start = held.read(name, { offset: place.offset, lengthBytes: BLOCK_HEADER_BYTES });
  const header = start && findBlockHeader(platform, start);
  if (header?.role !== 'records' || header.rawBytes > memory.length) return undefined;
  const lengthBytes = BLOCK_HEADER_BYTES + header.storedBytes;
  const stored = held.read(name, { offset: place.offset, lengthBytes });
  if (stored === undefined) return undefined;
  const decoded = decodeBlock(platform, stored, memory).raw;
  const raw = memory.subarray(0, decoded.length);
  if (decoded.buffer !== memory.buffer) raw.set(decoded);
  const places: number[] = [];
  const ids: ObjectId[] = [];
  for (let at = 0; at < raw.length; ) {
    const span = findRecord(raw, at, format);
    if (span === undefined) break;
    places.push(at, span.end - at);
    ids.push(platform.hash(format, raw.subarray(at, span.end)) as ObjectId);
    at = span.end;
  }
  return { raw, places: Uint32Array.from(places), ids };
}
