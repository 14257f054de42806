// Loose objects against zlib, which checks the sum, and the size that was foretold.
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encodeLoose, looseSize } from '#src/view/git/loose-object.js';
import { createRandom } from '../../../fixtures/seeded-random.js';

/** A block of the stream holds 65,535 bytes, the header among them: 'blob 65524' and a null byte have 11. */
const SIZES = [0, 1, 5552, 65_523, 65_524, 65_525, 131_058, 131_059, 131_060, 3 << 20];

test.each(SIZES)('an object of %i bytes is what zlib unpacks, and as large as foretold', (size) => {
  const content = createRandom(size).bytes(size);
  for (const part of [content, Buffer.alloc(size, 0xff)]) {
    const bytes = encodeLoose('blob', part);
    expect(bytes.length).toBe(looseSize('blob', size));
    const header = Buffer.from(`blob ${size}\0`);
    expect(inflateSync(bytes).equals(Buffer.concat([header, part]))).toBe(true);
  }
});
