// Makes copies of one content equal bytes: what SQLite counts in the header of a file says nothing of what is in it. The header
// is that of https://www.sqlite.org/fileformat2.html#the_database_header.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

export const HEADER_BYTES = 100;

/** Of the journal of a copy: it has none. */
const ROLLBACK_JOURNAL = 1;

/** Whoever reads it goes by the size of the file where the version is older than this one. */
const WRITTEN_BY = 3_040_000;

/** Sets what is counted to what a new file has. */
export function makeCanonical(header: Buffer): void {
  if (header.length < HEADER_BYTES) return;
  header.writeUInt8(ROLLBACK_JOURNAL, 18); // to write
  header.writeUInt8(ROLLBACK_JOURNAL, 19); // to read
  header.writeUInt32BE(1, 24); // the file change counter
  header.writeUInt32BE(1, 40); // the schema cookie: a backup sets it anew wherever it goes
  header.writeUInt32BE(1, 92); // the change counter for which the size is valid
  header.writeUInt32BE(WRITTEN_BY, 96);
}

const PIECE_BYTES = 1 << 20;

export interface CanonicalFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Makes the file of a copy, which nobody has open, canonical, and answers what its content is. */
export function sealCopy(file: string): CanonicalFile {
  return readThrough(file, (piece, descriptor) => {
    if (piece.length < HEADER_BYTES) return;
    const header = piece.subarray(0, HEADER_BYTES);
    makeCanonical(header);
    writeSync(descriptor, header, 0, HEADER_BYTES, 0);
  });
}

/** What the content of a file is, as it is. */
export function readContent(file: string): CanonicalFile {
  return readThrough(file, () => {});
}

/** `onFirst` may change the first piece before it is hashed. */
function readThrough(file: string, onFirst: (piece: Buffer, descriptor: number) => void): CanonicalFile {
  const descriptor = openSync(file, 'r+');
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    let sizeBytes = 0;
    for (;;) {
      const count = readSync(descriptor, buffer, 0, PIECE_BYTES, sizeBytes);
      if (count === 0) return { sha256: hash.digest('hex'), sizeBytes };
      const piece = buffer.subarray(0, count);
      if (sizeBytes === 0) onFirst(piece, descriptor);
      hash.update(piece);
      sizeBytes += count;
    }
  } finally {
    closeSync(descriptor);
  }
}

const BLOCK_BYTES = 4096;

/**
 * Which of two files another one comes from, by the blocks in which these differ; `undefined` where none of them tells. All are
 * canonical. Writes that came later change some blocks, and hardly ever into those of the other one.
 */
export function findOrigin<Name extends string>(
  file: string,
  [left, right]: readonly [
    { readonly name: Name; readonly path: string },
    { readonly name: Name; readonly path: string },
  ],
): Name | undefined {
  const descriptors = [file, left.path, right.path].map((path) => openSync(path, 'r'));
  const blocks = descriptors.map(() => Buffer.allocUnsafe(PIECE_BYTES));
  const votes = { left: 0, right: 0 };
  try {
    for (let at = 0; ; at += PIECE_BYTES) {
      const [found, one, other] = descriptors.map((descriptor, each) => {
        const buffer = blocks[each] as Buffer;
        return buffer.subarray(0, readSync(descriptor, buffer, 0, PIECE_BYTES, at));
      }) as [Buffer, Buffer, Buffer];
      if (one.length + other.length === 0) break;
      for (let start = 0; start < Math.max(one.length, other.length); start += BLOCK_BYTES) {
        const [a, b, c] = [found, one, other].map((bytes) => bytes.subarray(start, start + BLOCK_BYTES)) as [
          Buffer,
          Buffer,
          Buffer,
        ];
        if (b.equals(c)) continue;
        if (a.equals(b)) votes.left++;
        else if (a.equals(c)) votes.right++;
      }
    }
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
  if (votes.left === votes.right) return undefined;
  return votes.left > votes.right ? left.name : right.name;
}
