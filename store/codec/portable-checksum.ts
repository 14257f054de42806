// The checksum where the runtime offers none: the same CRC-32 (IEEE 802.3, as in zlib and PNG) in plain JavaScript.
import crc32 from 'crc-32';

/** CRC-32 of `bytes`, as an unsigned number. */
export function portableCrc32(bytes: Uint8Array): number {
  return crc32.buf(bytes) >>> 0;
}
