// Entries in their flat buffer: each comes back as it was put in, at the limits of every field too.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID_LENGTH_BYTES, type ObjectId } from '#store/object-id.js';
import { type Entry, EntryBuffer, entryLength, readEntry } from '#store/pack/entry.js';

const edge = (maximum: number) => fc.oneof(fc.nat({ max: maximum }), fc.constantFrom(0, 1, maximum));

describe.each(['sha1', 'sha256'] as const)('entries of a %s store', (format) => {
  const entry: fc.Arbitrary<Entry> = fc.record({
    id: fc
      .uint8Array({ minLength: ID_LENGTH_BYTES[format], maxLength: ID_LENGTH_BYTES[format] })
      .map((bytes) => Buffer.from(bytes).toString('hex') as ObjectId),
    kind: edge(15),
    block: edge(2 ** 31 - 1),
    offset: edge(2 ** 24 - 1),
    lengthBytes: edge(2 ** 32 - 1),
  });
  const entries = fc.array(entry, { maxLength: 600, size: 'large' });
  const read = (buffer: Uint8Array, count: number) =>
    [...Array(count).keys()].map((index) => readEntry(buffer, index, format));

  it('come back in order, however many they are', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const buffer = new EntryBuffer(format);
        for (const each of list) buffer.append(each);
        expect(buffer.appended().length).toBe(list.length * entryLength(format));
        expect(read(buffer.appended(), buffer.count)).toEqual(list);
      }),
      { numRuns: 10 },
    );
  });

  it('of several packs are joined, with blocks counted on', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 3 }), (packs) => {
        const joined = new EntryBuffer(format);
        const expected = packs.flatMap((list, number) => {
          const buffer = new EntryBuffer(format);
          for (const each of list) buffer.append(each);
          joined.appendAll(buffer.appended(), number * 1000);
          expect(read(buffer.appended(), buffer.count)).toEqual(list);
          return list.map((each) => ({ ...each, block: each.block + number * 1000 }));
        });
        expect(read(joined.appended(), joined.count)).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });
});
