// The inner loop of chunking: a gear hash that rolls over bytes and reports where it falls below a threshold.
// Every implementation reports the same bytes and hashes; which one runs is a matter of speed only.

/** How many bytes a hash covers: the byte that it is taken at, and those before it. */
export const HASHED_BYTES = 64;

export interface ScanRange {
  /** The first byte to test; at least `HASHED_BYTES - 1`, since the bytes before it count as well. */
  readonly start: number;
  /** Behind the last byte to test; nothing is tested where it is not above `start`. */
  readonly end: number;
  /** Reported are hashes whose upper 32 bits are below it. */
  readonly threshold: number;
}

export interface ChunkingKernel {
  readonly name: 'webassembly' | 'javascript';
  /**
   * Calls `visit` for the bytes of `range` that pass, in order, until it answers true. It gets the offset behind
   * the byte and the upper 32 bits of the hash there.
   */
  scan(bytes: Uint8Array, range: ScanRange, visit: (behind: number, hash: number) => boolean): void;
}
