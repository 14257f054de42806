// What the store needs from the runtime it runs on: hashing, checksum and compression, passed in by the caller.
// Every implementation gives the same hashes and checksums, and reads the frames that any other one wrote.

export type HashAlgorithm = 'sha1' | 'sha256';

/** An incremental hash, for objects that never are in memory as a whole. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** The digest in lower-case hexadecimal; ends the hasher's life. */
  digest(): string;
}

export interface Codec {
  /** For `doctor`: which implementation this is. */
  readonly name: string;
  /** One zstd frame holding `raw`. The result may be a view that the next call overwrites. */
  compress(raw: Uint8Array, level: number): Uint8Array;
  /**
   * The content of a zstd frame, exactly `rawLengthBytes` long, as bytes of the caller's own; where `into` is given
   * and long enough, they may be a view of it.
   * Throws BLOCK_CORRUPT where the frame is damaged, truncated, or holds more or less than that.
   */
  decompress(frame: Uint8Array, rawLengthBytes: number, into?: Uint8Array): Uint8Array;
}

export interface Platform {
  readonly codec: Codec;
  /** The hash of `bytes` in lower-case hexadecimal. */
  hash(algorithm: HashAlgorithm, bytes: Uint8Array): string;
  createHasher(algorithm: HashAlgorithm): Hasher;
  /** CRC-32 (IEEE 802.3), as an unsigned number. */
  crc32(bytes: Uint8Array): number;
  /** `lengthBytes` unpredictable bytes in lower-case hexadecimal, for names that must not clash. */
  randomHex(lengthBytes: number): string;
}
