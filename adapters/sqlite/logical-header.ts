// The header that a database has by its write-ahead log: the backup API gives a copy counters of its own, with which a copy of an
// unchanged database would differ from the file. See https://www.sqlite.org/walformat.html.
import { closeSync, openSync, readSync } from 'node:fs';
import { nodePath } from '../files/node-path.js';
import { HEADER_BYTES } from './canonical-file.js';

/** What a copy has otherwise: versions for the journal, change counter, schema cookie, and for which change which SQLite wrote. */
const OF_COPY: readonly (readonly [start: number, end: number])[] = [
  [18, 20],
  [24, 28],
  [40, 44],
  [92, 100],
];

/**
 * The header of the database at `source` that `copied`, that of a copy of it, was made from; `undefined` where it is not to be
 * found. All are HEADER_BYTES long. Throws what the calls throw.
 */
export function findHeader(source: string, copied: Buffer): Buffer | undefined {
  const original = blank(copied);
  return [...headersIn(`${source}-wal`).reverse(), readHeader(source)].find((header) =>
    blank(header).equals(original),
  );
}

function blank(header: Buffer): Buffer {
  const rest = Buffer.from(header);
  for (const [start, end] of OF_COPY) rest.fill(0, start, end);
  return rest;
}

function readHeader(path: string): Buffer {
  return withOpen(path, (read) => read(0, HEADER_BYTES));
}

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const SALTS = [16, 24] as const;
const FRAME_SALTS = [8, 16] as const;
/** Of a longer log it is not worth the time. */
const MOST_FRAMES = 1 << 18;

/** Those of the transactions in a write-ahead log, the last one last; none where there is no log. */
function headersIn(log: string): Buffer[] {
  try {
    return withOpen(log, readCommitted);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readCommitted(read: Read): Buffer[] {
  const header = read(0, LOG_HEADER_BYTES);
  if (header.length < LOG_HEADER_BYTES) return [];
  const salts = header.subarray(...SALTS);
  const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
  const committed: Buffer[] = [];
  let last: Buffer | undefined;
  for (let number = 0; number < MOST_FRAMES; number++) {
    const at = LOG_HEADER_BYTES + number * frameBytes;
    const frame = read(at, FRAME_HEADER_BYTES);
    // What is behind the last frame is of the time before the log began anew.
    if (frame.length < FRAME_HEADER_BYTES || !frame.subarray(...FRAME_SALTS).equals(salts)) break;
    if (frame.readUInt32BE(0) === 1) last = read(at + FRAME_HEADER_BYTES, HEADER_BYTES);
    const isCommit = frame.readUInt32BE(4) !== 0;
    if (isCommit && last !== undefined) committed.push(last);
    if (isCommit) last = undefined;
  }
  return committed;
}

type Read = (position: number, lengthBytes: number) => Buffer;

function withOpen<T>(path: string, work: (read: Read) => T): T {
  const descriptor = openSync(nodePath(path), 'r');
  try {
    return work((position, lengthBytes) => {
      const bytes = Buffer.alloc(lengthBytes);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, lengthBytes, position));
    });
  } finally {
    closeSync(descriptor);
  }
}
