// Objects as files of a git repository: header and content as a zlib stream that is stored, not compressed. So its size
// is known without reading the object, and making it costs no more than a checksum.
// Source: git's "Git Internals - Git Objects", RFC 1950 (zlib) and RFC 1951, 3.2.4 (stored blocks).
import type { ObjectKind } from '../../../store/object-id.js';

const STREAM_HEADER = [0x78, 0x01];
const MOST_STORED_BYTES = 0xffff;
const BLOCK_HEADER_BYTES = 5;
const CHECKSUM_BYTES = 4;

/** The size of the file of an object whose content has `sizeBytes` bytes. */
export function looseSize(kind: ObjectKind, sizeBytes: number): number {
  const rawBytes = headerOf(kind, sizeBytes).length + sizeBytes;
  return STREAM_HEADER.length + rawBytes + blockCount(rawBytes) * BLOCK_HEADER_BYTES + CHECKSUM_BYTES;
}

export function encodeLoose(kind: ObjectKind, content: Uint8Array): Uint8Array {
  const header = headerOf(kind, content.length);
  const rawBytes = header.length + content.length;
  const bytes = Buffer.allocUnsafe(looseSize(kind, content.length));
  bytes.set(STREAM_HEADER);
  let at = STREAM_HEADER.length;
  for (let start = 0; start < rawBytes; start += MOST_STORED_BYTES) {
    const end = Math.min(start + MOST_STORED_BYTES, rawBytes);
    bytes[at] = end === rawBytes ? 1 : 0;
    bytes.writeUInt16LE(end - start, at + 1);
    bytes.writeUInt16LE((end - start) ^ 0xffff, at + 3);
    at += BLOCK_HEADER_BYTES;
    if (start === 0) bytes.set(header, at);
    const before = start === 0 ? header.length : 0;
    bytes.set(content.subarray(start + before - header.length, end - header.length), at + before);
    at += end - start;
  }
  bytes.writeUInt32BE(adler32(content, adler32(header, 1)), at);
  return bytes;
}

function headerOf(kind: ObjectKind, sizeBytes: number): Uint8Array {
  return Buffer.from(`${kind} ${sizeBytes}\0`, 'latin1');
}

/** There is always something to store: the header. */
function blockCount(rawBytes: number): number {
  return Math.ceil(rawBytes / MOST_STORED_BYTES);
}

const PRIME = 65521;
/** So many bytes can be added up before the sums leave 32 bits (NMAX in zlib's adler32.c). */
const MOST_UNREDUCED = 5552;

/** The checksum of `bytes` behind those that `before` is the checksum of; 1 is that of none. */
function adler32(bytes: Uint8Array, before: number): number {
  let low = before & 0xffff;
  let high = before >>> 16;
  for (let start = 0; start < bytes.length; start += MOST_UNREDUCED) {
    const end = Math.min(bytes.length, start + MOST_UNREDUCED);
    for (let at = start; at < end; at++) {
      low += bytes[at];
      high += low;
    }
    low %= PRIME;
    high %= PRIME;
  }
  return high * 0x10000 + low;
}
