// Reads rows that a program writes, up to its mark: whoever reads has the descriptor to himself until then.
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { SavepointError } from '../../store/errors.js';
import { RowCutter, type RowSegment } from './row-cutter.js';

/** Plain data, that another thread of this process can read from. */
export interface RowSource {
  /** Of a pipe: here come the rows, `mark`, what the program says of them, and `mark` again. */
  readonly descriptor: number;
  /** Begins with a byte that is no newline, and ends with one; nothing that the rows hold is the same. */
  readonly mark: string;
}

/** Reads into a buffer, and answers how many bytes there were: none at the end. */
export type ReadBytes = (descriptor: number, into: Buffer) => number | Promise<number>;

/** Where bytes are put that may be rows. */
export interface RowSink {
  /** Room for more: at least one byte. */
  space(): Buffer;
  filled(bytes: number): void;
  /** What is there. */
  rest(): Buffer;
  /** Leaves off what is no rows. */
  truncate(length: number): void;
  readonly isFull: boolean;
  /** Takes rows from what is there; all of them where it is `final`. */
  drain(final: boolean): void | Promise<void>;
}

/** What the program says may be so long. */
export const LONGEST_WORD_BYTES = 64 << 10;

/** Answers what the program said between its marks. Throws STATE_UNREADABLE where it ends before. */
export async function readUntilMark(
  { descriptor, mark }: RowSource,
  readBytes: ReadBytes,
  sink: RowSink,
): Promise<string> {
  const end = Buffer.from(mark, 'latin1');
  for (;;) {
    const count = await readBytes(descriptor, sink.space());
    if (count === 0) throw endedEarly();
    sink.filled(count);
    const said = findWord(sink.rest(), end);
    if (said !== undefined) {
      sink.truncate(said.at);
      await sink.drain(true);
      return said.word;
    }
    // Nothing behind the first mark is a row.
    if (sink.isFull && !sink.rest().subarray(-LONGEST_WORD_BYTES).includes(end)) await sink.drain(false);
  }
}

/** Calls `take` with each segment of the rows, whose content is good until it answers. */
export function readRows(
  source: RowSource,
  readBytes: ReadBytes,
  take: (segment: RowSegment) => Promise<void>,
): Promise<string> {
  const cutter = new RowCutter();
  return readUntilMark(source, readBytes, {
    space: () => cutter.space(),
    filled: (bytes) => cutter.filled(bytes),
    rest: () => cutter.rest(),
    truncate: (length) => cutter.truncate(length),
    get isFull() {
      return cutter.isFull;
    },
    async drain(final) {
      for (const segment of cutter.take(final)) await take(segment);
    },
  });
}

/** What stands between two marks, the second of which is at the very end. */
function findWord(bytes: Buffer, mark: Buffer): { readonly at: number; readonly word: string } | undefined {
  const last = bytes.length - mark.length;
  if (last < mark.length || !bytes.subarray(last).equals(mark)) return undefined;
  const tail = Math.max(0, last - LONGEST_WORD_BYTES);
  const first = bytes.subarray(tail, last).lastIndexOf(mark);
  if (first === -1) return undefined;
  const at = tail + first;
  return { at, word: bytes.subarray(at + mark.length, last).toString('utf8') };
}

/** Where no thread of its own waits for the bytes. */
export const readLater: ReadBytes = async (descriptor, into) =>
  (await readAsync(descriptor, into, 0, into.length, null)).bytesRead;

const readAsync = promisify(read);

function endedEarly(): SavepointError {
  return new SavepointError(
    'STATE_UNREADABLE',
    'the program that reads the rows ended before their end. See what it and the server say, and repeat.',
  );
}
