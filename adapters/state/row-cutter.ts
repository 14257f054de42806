// Cuts the rows of a table, one a line and in a stable order, into segments where their content says so. A change of some
// rows changes the segments that hold them; all others keep their bytes and their names.
import { createHash } from 'node:crypto';
import { type ChunkCutter, createChunkCutter } from '../../store/chunking/chunk-cutter.js';

/** Of points that are stored: with others, no segment of theirs is found again. Most are then stored as one object. */
const SEGMENT_SIZES = { minimumBytes: 256 << 10, averageBytes: 512 << 10, maximumBytes: 960 << 10, seed: 0 };
const WINDOW_BYTES = 4 << 20;
const NEWLINE = 10;

export interface SegmentEntry {
  /** Told from all others of the table by it: 16 hexadecimal digits of the first row, and a number where that is there twice. */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface RowSegment extends SegmentEntry {
  /** Good until more is read. */
  readonly content: Uint8Array;
}

/** Takes bytes in pieces of any length, in which each row ends with a newline. The longest row fits into memory. */
export class RowCutter {
  private readonly cutter: ChunkCutter = createChunkCutter(SEGMENT_SIZES);
  private readonly uses = new Map<string, number>();
  private buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  private length = 0;

  /** Where more bytes may be put: at least one. */
  space(): Buffer {
    if (this.length === this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(this.buffer.length * 2);
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    return this.buffer.subarray(this.length);
  }

  /** Says that so many bytes were put there. */
  filled(bytes: number): void {
    this.length += bytes;
  }

  /** What is not cut yet. */
  rest(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Leaves off the last bytes, which are no rows. */
  truncate(length: number): void {
    this.length = length;
  }

  /** Whether it is time to take segments. */
  get isFull(): boolean {
    return this.length === this.buffer.length;
  }

  /** All segments that can be told; with `final`, all that is left. */
  *take(final: boolean): Generator<RowSegment> {
    const bytes = this.rest();
    let start = 0;
    for (let end = this.findEnd(bytes, final); end !== 0; end = this.findEnd(bytes.subarray(start), final)) {
      const content = bytes.subarray(start, start + end);
      yield { name: this.nameOf(firstRow(content)), rows: countRows(content), bytes: end, content };
      start += end;
    }
    this.buffer.copyWithin(0, start, this.length);
    this.length -= start;
  }

  /** The length of the segment that `bytes` begin with: up to the end of the row in which its content says so. */
  private findEnd(bytes: Buffer, final: boolean): number {
    const cut = this.cutter.nextCut(bytes, final);
    if (cut === 0) return 0;
    const end = bytes.indexOf(NEWLINE, cut - 1) + 1;
    return end > 0 || !final ? end : bytes.length;
  }

  private nameOf(row: Uint8Array): string {
    const name = createHash('sha256').update(row).digest('hex').slice(0, 16);
    const uses = (this.uses.get(name) ?? 0) + 1;
    this.uses.set(name, uses);
    return uses === 1 ? name : `${name}-${uses}`;
  }
}

function firstRow(content: Buffer): Buffer {
  const end = content.indexOf(NEWLINE);
  return end === -1 ? content : content.subarray(0, end);
}

const WORD_BYTES = 4;

/** Four bytes at a time: this is a good part of what a segment costs. */
function countRows(bytes: Buffer): number {
  const aligned = (WORD_BYTES - (bytes.byteOffset % WORD_BYTES)) % WORD_BYTES;
  const head = bytes.subarray(0, aligned);
  const words = new Int32Array(
    bytes.buffer,
    bytes.byteOffset + head.length,
    (bytes.length - head.length) >> 2,
  );
  let count = countEach(head) + countEach(bytes.subarray(head.length + words.length * WORD_BYTES));
  for (let at = 0; at < words.length; at++) {
    const differing = words[at] ^ 0x0a0a0a0a;
    // The upper bit of each byte that is no newline; exact, whatever its neighbours are.
    const others = (((differing & 0x7f7f7f7f) + 0x7f7f7f7f) | differing) & 0x80808080;
    if (others === (0x80808080 | 0)) continue;
    const newlines = ~others & 0x80808080;
    count += (newlines >>> 31) + ((newlines >>> 23) & 1) + ((newlines >>> 15) & 1) + ((newlines >>> 7) & 1);
  }
  return count;
}

function countEach(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === NEWLINE) count++;
  return count;
}

/** The segments of `rows`, whose contents are the caller's to keep. */
export async function* cutRows(rows: AsyncIterable<Uint8Array>): AsyncGenerator<RowSegment> {
  const cutter = new RowCutter();
  for await (const piece of rows) {
    for (let taken = 0; taken < piece.length; ) {
      const space = cutter.space();
      const part = piece.subarray(taken, taken + space.length);
      space.set(part);
      cutter.filled(part.length);
      taken += part.length;
      if (cutter.isFull) for (const segment of cutter.take(false)) yield kept(segment);
    }
  }
  for (const segment of cutter.take(true)) yield kept(segment);
}

function kept(segment: RowSegment): RowSegment {
  return { ...segment, content: Uint8Array.from(segment.content) };
}
