// An object in a git pack: its kind and size, then its content compressed by zlib. Nothing is stored as a difference.
// Source: git's documentation, gitformat-pack(5).
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import type { ObjectKind } from '../../store/object-id.js';

const KIND_NUMBERS: Readonly<Record<ObjectKind, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
/** Contents of up to this size are given just as much memory as they can take; zlib grows it for others. */
const MOST_ROOM_BYTES = 1 << 20;
/** As much as zlib adds to what can't be compressed, and to spare. */
const SLACK_BYTES = 128;
const LEVEL = 1;

/** An object as a pack has it. */
export function encodePackEntry(kind: ObjectKind, content: Uint8Array): Uint8Array[] {
  const room = Math.min(MOST_ROOM_BYTES, content.length + (content.length >> 8) + SLACK_BYTES);
  const header = packEntryHeader({ kind, sizeBytes: content.length });
  return [header, deflateSync(content, { level: LEVEL, chunkSize: room })];
}

/** What stands before the compressed content: three bits of kind, and the size in pieces of 4, 7, 7, … bits. */
export function packEntryHeader(object: { kind: ObjectKind; sizeBytes: number }): Uint8Array {
  const bytes = [(KIND_NUMBERS[object.kind] << 4) | (object.sizeBytes & 15)];
  for (let rest = Math.floor(object.sizeBytes / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] |= 0x80;
    bytes.push(rest % 128);
  }
  return Uint8Array.from(bytes);
}

/** What a zlib stream begins with that is made of pieces: deflate with a window of 32 KiB, the fastest level. */
export const ZLIB_HEADER = Uint8Array.of(0x78, 0x01);

/** A piece of a content: it ends with a whole byte and refers to no other piece, so that all may be made at once. */
export function deflatePiece(content: Uint8Array): Uint8Array {
  return deflateRawSync(content, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
}

/** What ends a zlib stream of pieces: an empty last block, and the checksum of the whole content. */
export function zlibTrailer(checksum: number): Uint8Array {
  const bytes = new Uint8Array(6);
  bytes.set([0x03, 0x00]);
  new DataView(bytes.buffer).setUint32(2, checksum);
  return bytes;
}

const ADLER_BASE = 65521;
/** So many bytes can be added up before the sums have to be reduced to stay exact and small. */
const ADLER_STRIDE = 5552;

/** Adler-32 (RFC 1950) of `content`. */
export function adler32(content: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let at = 0; at < content.length; ) {
    for (const end = Math.min(at + ADLER_STRIDE, content.length); at < end; at++) {
      low += content[at];
      high += low;
    }
    low %= ADLER_BASE;
    high %= ADLER_BASE;
  }
  return high * 65536 + low;
}

/** The Adler-32 of two contents one after the other, from that of each. */
export function joinAdler32(first: number, second: { checksum: number; lengthBytes: number }): number {
  const [low, high] = [first % 65536, Math.floor(first / 65536)];
  const [nextLow, nextHigh] = [second.checksum % 65536, Math.floor(second.checksum / 65536)];
  const length = second.lengthBytes % ADLER_BASE;
  const joinedLow = (low + nextLow + ADLER_BASE - 1) % ADLER_BASE;
  const joinedHigh = (high + nextHigh + length * (low + ADLER_BASE - 1)) % ADLER_BASE;
  return joinedHigh * 65536 + joinedLow;
}
