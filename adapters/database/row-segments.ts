// Cuts the rows of a table, one a line and in a stable order, into segments where their content says so. A change of some
// rows changes the segments that hold them; all others keep their bytes and their names.
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { type ChunkCutter, createChunkCutter } from '../../store/chunking/chunk-cutter.js';

/** Of points that are stored: with others, no segment of theirs is found again. */
const SEGMENT_SIZES = { minimumBytes: 128 << 10, averageBytes: 512 << 10, maximumBytes: 1 << 20, seed: 0 };
/** Longer ones, which hold a single very long row, are written to a file. */
const LONGEST_IN_MEMORY_BYTES = 16 << 20;
const WINDOW_BYTES = 4 << 20;
const NEWLINE = 10;

export interface RowSegment {
  /** Told from all others of the table by it: 16 hexadecimal digits of the first row, and a number where that is there twice. */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly content: Uint8Array | { readonly file: string };
}

/**
 * The segments of `rows`: bytes in pieces of any length, in which each row ends with a newline. `spill` names a new file for
 * a segment that is too long for memory. Contents are the caller's to keep.
 */
export async function* cutRows(
  rows: AsyncIterable<Uint8Array>,
  spill: () => string,
): AsyncGenerator<RowSegment> {
  const window = new RowWindow();
  const names = new SegmentNames();
  try {
    for await (const piece of rows) {
      let taken = 0;
      while (taken < piece.length) {
        taken += window.put(piece.subarray(taken));
        if (window.isFull) yield* window.takeSegments({ names, final: false, spill });
      }
    }
    yield* window.takeSegments({ names, final: true, spill });
  } finally {
    window.close();
  }
}

interface Taking {
  readonly names: SegmentNames;
  readonly final: boolean;
  readonly spill: () => string;
}

/** Bytes that are not cut yet. */
class RowWindow {
  private readonly cutter: ChunkCutter = createChunkCutter(SEGMENT_SIZES);
  private buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  private length = 0;
  private long: LongRow | undefined;

  get isFull(): boolean {
    return this.length === this.buffer.length;
  }

  /** How many bytes it took. */
  put(piece: Uint8Array): number {
    const taken = piece.subarray(0, this.buffer.length - this.length);
    this.buffer.set(taken, this.length);
    this.length += taken.length;
    return taken.length;
  }

  *takeSegments({ names, final, spill }: Taking): Generator<RowSegment> {
    let start = 0;
    if (this.long !== undefined) {
      const end = this.endOfRow(0);
      this.long.add(this.buffer.subarray(0, end ?? this.length));
      start = end ?? this.length;
      if (end === undefined && !final) return this.keepFrom(start);
      const segment = this.long.finish(names);
      this.close();
      yield segment;
    }
    for (let end = this.nextEnd(start, final); end !== undefined; end = this.nextEnd(start, final)) {
      // A copy: the window goes on to be used.
      yield segmentOf(Buffer.from(this.buffer.subarray(start, end)), names);
      start = end;
    }
    if (start === 0 && !final) this.makeRoom(spill);
    else this.keepFrom(start);
  }

  close(): void {
    this.long?.close();
    this.long = undefined;
  }

  /** Where the segment that begins at `start` ends: behind the row in which its content says so. */
  private nextEnd(start: number, final: boolean): number | undefined {
    if (start === this.length) return undefined;
    const rest = this.buffer.subarray(start, this.length);
    const cut = this.cutter.nextCut(rest, final);
    if (cut === 0) return undefined;
    const end = this.endOfRow(start + cut - 1);
    return end ?? (final ? this.length : undefined);
  }

  private endOfRow(from: number): number | undefined {
    const found = this.buffer.subarray(0, this.length).indexOf(NEWLINE, from);
    return found === -1 ? undefined : found + 1;
  }

  /** One row fills all of it. */
  private makeRoom(spill: () => string): void {
    if (this.buffer.length < LONGEST_IN_MEMORY_BYTES) {
      const larger = Buffer.allocUnsafeSlow(this.buffer.length * 2);
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
      return;
    }
    this.long = new LongRow(spill());
    this.long.add(this.buffer.subarray(0, this.length));
    this.length = 0;
  }

  private keepFrom(start: number): void {
    this.buffer.copyWithin(0, start, this.length);
    this.length -= start;
  }
}

/** A segment that ends with a row of which only the first bytes fit into memory. */
class LongRow {
  private readonly descriptor: number;
  private first: Buffer | undefined;
  private rows = 0;
  private bytes = 0;

  constructor(private readonly file: string) {
    this.descriptor = openSync(file, 'wx', 0o600);
  }

  add(piece: Buffer): void {
    this.first ??= Buffer.from(firstRow(piece));
    this.rows += countRows(piece);
    this.bytes += piece.length;
    for (let written = 0; written < piece.length; )
      written += writeSync(this.descriptor, piece, written, piece.length - written);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  finish(names: SegmentNames): RowSegment {
    const { rows, bytes, file, first = Buffer.alloc(0) } = this;
    return { name: names.next(first), rows, bytes, content: { file } };
  }
}

function segmentOf(content: Buffer, names: SegmentNames): RowSegment {
  return {
    ...{ name: names.next(firstRow(content)), rows: countRows(content) },
    ...{ bytes: content.length, content },
  };
}

function firstRow(content: Buffer): Buffer {
  const end = content.indexOf(NEWLINE);
  return end === -1 ? content : content.subarray(0, end);
}

/** Names segments by their first rows, which are chosen by what stands before them, and so stay. */
class SegmentNames {
  private readonly uses = new Map<string, number>();

  next(row: Uint8Array): string {
    const name = createHash('sha256').update(row).digest('hex').slice(0, 16);
    const uses = (this.uses.get(name) ?? 0) + 1;
    this.uses.set(name, uses);
    return uses === 1 ? name : `${name}-${uses}`;
  }
}

function countRows(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === NEWLINE) count++;
  return count;
}
