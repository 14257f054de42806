// What tells whether rows are the same: a hash of each segment where they come in the same order, and one of the set of all
// rows where they may not.
import { createHash, type Hash } from 'node:crypto';
import { LONGEST_WORD_BYTES, type RowSink } from '../state/read-rows.js';
import type { SegmentEntry } from '../state/row-cutter.js';

const HASH = 'sha256';

/** Hashes of consecutive segments, from bytes in pieces of any length. */
export class SegmentDigests {
  readonly digests: string[] = [];
  private at = 0;
  private left: number;
  private hash: Hash = createHash(HASH);
  /** Whether there were more bytes than the segments have. */
  isLonger = false;

  constructor(private readonly segments: readonly SegmentEntry[]) {
    this.left = segments[0]?.bytes ?? 0;
  }

  add(piece: Uint8Array): void {
    let rest = piece;
    while (rest.length > 0) {
      if (this.at === this.segments.length) {
        this.isLonger = true;
        return;
      }
      const taken = rest.subarray(0, this.left);
      this.hash.update(taken);
      this.left -= taken.length;
      rest = rest.subarray(taken.length);
      if (this.left === 0) this.next();
    }
  }

  private next(): void {
    this.digests.push(this.hash.digest('hex'));
    this.hash = createHash(HASH);
    this.at++;
    this.left = this.segments[this.at]?.bytes ?? 0;
  }
}

/** Gives bytes as they are read to hashes of segments. */
export class DigestSink implements RowSink {
  private readonly buffer = Buffer.allocUnsafeSlow(DIGEST_BYTES);
  private length = 0;

  constructor(private readonly digests: SegmentDigests) {}

  space(): Buffer {
    return this.buffer.subarray(this.length);
  }

  filled(bytes: number): void {
    this.length += bytes;
  }

  rest(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  truncate(length: number): void {
    this.length = length;
  }

  get isFull(): boolean {
    return this.length === this.buffer.length;
  }

  drain(final: boolean): void {
    const taken = final ? this.length : this.length - LONGEST_WORD_BYTES;
    this.digests.add(this.buffer.subarray(0, taken));
    this.buffer.copyWithin(0, taken, this.length);
    this.length -= taken;
  }
}

const DIGEST_BYTES = 1 << 20;
const NEWLINE = 10;

/** Equal for equal rows in whatever order: their number, and the sum of their hashes. */
export async function digestRows(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let [count, sum] = [0, 0n];
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      const digest = createHash(HASH).update(bytes.subarray(start, end)).digest();
      sum = BigInt.asUintN(128, sum + digest.readBigUInt64LE(0) + (digest.readBigUInt64LE(8) << 64n));
      count++;
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
  }
  return `${count} ${sum.toString(16)}`;
}
