// What tells whether rows are the same: the id of each segment where they come in the same order, and a hash of the set of all
// rows where they may not.
import { createHash, type Hash } from 'node:crypto';
import { LONGEST_WORD_BYTES, type RowSink } from '../state/read-rows.js';
import type { SegmentEntry } from '../state/row-cutter.js';
import type { StateReader } from '../state/state-reader.js';
import type { RowPaths } from './stored-rows.js';

/** Each segment with its content's id, as git has it. */
export interface SegmentIds {
  readonly segments: readonly SegmentEntry[];
  readonly ids: readonly (string | undefined)[];
}

export async function readIds(
  reader: StateReader,
  { segments, paths }: { readonly segments: readonly SegmentEntry[]; readonly paths: RowPaths },
): Promise<SegmentIds> {
  const ids: (string | undefined)[] = [];
  for (const { name } of segments) ids.push(await reader.id(paths.segment(name)));
  return { segments, ids };
}

/** Tells from bytes in pieces of any length whether they are consecutive segments. */
export class SegmentCheck {
  private at = 0;
  private left = 0;
  private hash: Hash | undefined;
  private isOther = false;

  constructor(private readonly expected: SegmentIds) {
    this.start();
  }

  add(piece: Uint8Array): void {
    let rest = piece;
    while (rest.length > 0 && !this.isOther) {
      if (this.hash === undefined) {
        this.isOther = true;
        return;
      }
      const taken = rest.subarray(0, this.left);
      this.hash.update(taken);
      this.left -= taken.length;
      rest = rest.subarray(taken.length);
      if (this.left === 0) this.end();
    }
  }

  /** Once all bytes have come. */
  get isSame(): boolean {
    return !this.isOther && this.at === this.expected.segments.length;
  }

  private start(): void {
    const segment = this.expected.segments[this.at];
    this.left = segment?.bytes ?? 0;
    const { length = SHA256_DIGITS } = this.expected.ids[this.at] ?? '';
    this.hash =
      segment && createHash(length === SHA256_DIGITS ? 'sha256' : 'sha1').update(`blob ${segment.bytes}\0`);
  }

  private end(): void {
    if (this.hash?.digest('hex') !== this.expected.ids[this.at]) this.isOther = true;
    this.at++;
    this.start();
  }
}

const SHA256_DIGITS = 64;
const HASH = 'sha256';

/** Gives bytes as they are read to a check. */
export class CheckSink implements RowSink {
  private readonly buffer = Buffer.allocUnsafeSlow(DIGEST_BYTES);
  private length = 0;

  constructor(private readonly check: SegmentCheck) {}

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
    this.check.add(this.buffer.subarray(0, taken));
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
