// Sorting entries by id, against sorting them the plain way.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortEntries } from '#store/index/sort-entries.js';
import { ID_LENGTH_BYTES } from '#store/object-id.js';

describe.each(['sha1', 'sha256'] as const)('entries of a %s store', (format) => {
  const idLength = ID_LENGTH_BYTES[format];
  /** Few different bytes, at the start and at the very end, so that ids share long prefixes, and many are equal. */
  const fewIds = fc
    .array(fc.constantFrom(0, 1, 0x80, 0xff), { minLength: 5, maxLength: 5 })
    .map(([last, ...first]) => Buffer.from([...first, ...new Array(idLength - 5).fill(7), last]));
  const anyIds = fc.uint8Array({ minLength: idLength, maxLength: idLength });
  const entry = fc
    .tuple(fc.oneof(fewIds, anyIds), fc.uint8Array({ minLength: 12, maxLength: 12 }))
    .map((parts) => Buffer.concat(parts));

  it('come in the order of their ids, and those of one id as they came', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const sorted = Buffer.from(sortEntries(Buffer.concat(entries), format));
        const byId = (left: Buffer, right: Buffer) => left.compare(right, 0, idLength, 0, idLength);
        expect(sorted.equals(Buffer.concat([...entries].sort(byId)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are sorted in a copy', () => {
    const entries = Buffer.concat(fc.sample(entry, { numRuns: 20, seed: 6 }));
    const before = Buffer.from(entries);
    sortEntries(entries, format);
    expect(entries.equals(before)).toBe(true);
  });
});
