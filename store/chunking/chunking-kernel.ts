// The inner loop of chunking: a gear hash that rolls over bytes and stops where it falls below a threshold.
// Every implementation stops after the same byte; which one runs is a matter of speed only.

export interface ChunkingKernel {
  readonly name: 'webassembly' | 'javascript';
  /** Forgets what was rolled in before, and rolls in `bytes` from `start` to before `end`. */
  restart(bytes: Uint8Array, start: number, end: number): void;
  /**
   * Rolls in `bytes` from `start` to before `end`, and stops after the first byte that leaves the upper 32 bits
   * of the hash below `threshold`. Answers the offset behind that byte, or 0 where no byte did; only in the
   * second case may the next `scan` go on from `end`.
   */
  scan(bytes: Uint8Array, range: { start: number; end: number; threshold: number }): number;
}
