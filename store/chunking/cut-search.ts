// Finds the cuts in one window of bytes by the rule that chunk-cutter.ts states.
// Invariant: a cut depends on the bytes from the start of its chunk on, never on where the window ends.
import type { ChunkingKernel } from './chunking-kernel.js';

/** Sizes in bytes; thresholds for the upper 32 bits of a hash. */
export interface CutRule {
  readonly minimumBytes: number;
  readonly deadlineBytes: number;
  readonly maximumBytes: number;
  readonly candidateThreshold: number;
  readonly cutThreshold: number;
}

/** A walk over the chunks of `bytes`. Offsets are counted from their start; a cut stands behind its last byte. */
export class CutSearch {
  readonly #bytes: Uint8Array;
  readonly #rule: CutRule;
  readonly #kernel: ChunkingKernel;
  readonly #candidates = new LowestCandidates();
  #chunkStart = 0;
  /** No cut up to here has to be looked for again: what matters of it is among the candidates. */
  #searched = 0;

  constructor(bytes: Uint8Array, rule: CutRule, kernel: ChunkingKernel) {
    this.#bytes = bytes;
    this.#rule = rule;
    this.#kernel = kernel;
  }

  /** The length of the next chunk; 0 where none is left, or where, not `final`, more bytes are needed to tell. */
  next(final: boolean): number {
    const { maximumBytes } = this.#rule;
    const knownBytes = Math.min(this.#bytes.length - this.#chunkStart, maximumBytes);
    const cut = this.#findCut(knownBytes);
    const uncutBytes = final || knownBytes === maximumBytes ? knownBytes : 0;
    const length = cut === undefined ? uncutBytes : cut - this.#chunkStart;
    this.#chunkStart += length;
    return length;
  }

  #findCut(knownBytes: number): number | undefined {
    const { minimumBytes, deadlineBytes, candidateThreshold, cutThreshold } = this.#rule;
    const first = this.#chunkStart + minimumBytes;
    const deadline = this.#chunkStart + deadlineBytes;
    const end = this.#chunkStart + knownBytes;
    this.#candidates.dropBefore(first);
    const clear = this.#search(
      Math.max(first, this.#searched + 1),
      Math.min(deadline - 1, end),
      (cut, hash) => {
        if (hash < cutThreshold) return true;
        this.#candidates.add(cut, hash);
        return false;
      },
    );
    if (clear !== undefined || knownBytes < deadlineBytes) return clear;
    const lowest = this.#candidates.lowest();
    return lowest ?? this.#search(deadline, end, (_cut, hash) => hash < candidateThreshold);
  }

  /** Visits the candidates for a cut from `first` to `last`, both included; answers the one that `take` takes. */
  #search(first: number, last: number, take: (cut: number, hash: number) => boolean): number | undefined {
    let taken: number | undefined;
    const range = { start: first - 1, end: last, threshold: this.#rule.candidateThreshold };
    this.#kernel.scan(this.#bytes, range, (cut, hash) => {
      if (take(cut, hash)) taken = cut;
      return taken !== undefined;
    });
    this.#searched = Math.max(this.#searched, taken ?? last);
    return taken;
  }
}

/** The candidates that can still be the lowest one, once those in front of them are dropped: their hashes ascend. */
class LowestCandidates {
  readonly #cuts: number[] = [];
  readonly #hashes: number[] = [];

  add(cut: number, hash: number): void {
    while (this.#hashes.length > 0 && this.#hashes[this.#hashes.length - 1] >= hash) {
      this.#cuts.pop();
      this.#hashes.pop();
    }
    this.#cuts.push(cut);
    this.#hashes.push(hash);
  }

  dropBefore(first: number): void {
    while (this.#cuts.length > 0 && this.#cuts[0] < first) {
      this.#cuts.shift();
      this.#hashes.shift();
    }
  }

  /** The candidate with the lowest hash, the last one of equals. */
  lowest(): number | undefined {
    return this.#cuts[0];
  }
}
