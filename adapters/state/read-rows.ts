// Reads rows that a program writes, up to its mark, and cuts them: whoever reads has the descriptor to himself until then.
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

/** What the program says may be so long. */
const LONGEST_WORD_BYTES = 64 << 10;

/**
 * Calls `take` with each segment, whose content is good until it answers. Answers what the program said between its marks.
 * Throws STATE_UNREADABLE where it ends before.
 */
export async function readRows(
  { descriptor, mark }: RowSource,
  readBytes: ReadBytes,
  take: (segment: RowSegment) => Promise<void>,
): Promise<string> {
  const cutter = new RowCutter();
  const end = Buffer.from(mark, 'latin1');
  for (;;) {
    const space = cutter.space();
    const count = await readBytes(descriptor, space);
    if (count === 0) throw endedEarly();
    cutter.filled(count);
    const said = findWord(cutter.rest(), end);
    if (said !== undefined) {
      cutter.truncate(said.at);
      for (const segment of cutter.take(true)) await take(segment);
      return said.word;
    }
    // Nothing behind the first mark is a row.
    if (!cutter.isFull || cutter.rest().subarray(-LONGEST_WORD_BYTES).includes(end)) continue;
    for (const segment of cutter.take(false)) await take(segment);
  }
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
  (await promisify(read)(descriptor, into, 0, into.length, null)).bytesRead;

function endedEarly(): SavepointError {
  return new SavepointError(
    'STATE_UNREADABLE',
    'the program that reads the rows ended before their end. See what it and the server say, and repeat.',
  );
}
