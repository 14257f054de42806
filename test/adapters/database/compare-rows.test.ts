// Two states of a table are compared by their rows, and what both have is not looked at.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareRows, type RowFormat, type SegmentRows } from '#adapters/database/compare-rows.js';
import { decodeValue, encodeRow } from '#adapters/postgres/copy-text.js';

type Row = readonly (string | null)[];

async function* segments(rows: readonly Row[], size: number): AsyncGenerator<SegmentRows> {
  for (let at = 0; at < rows.length; at += size) {
    const content = Buffer.from(
      rows
        .slice(at, at + size)
        .map(encodeRow)
        .join(''),
    );
    yield { name: encodeRow(rows[at] ?? []), content: async () => content };
  }
}

const KEYED: RowFormat = { columns: ['id', 'text'], key: ['id'], decode: decodeValue };
const value = fc.option(fc.string({ unit: fc.constantFrom('a', '\t', '\n', '\\', 'N', 'ä', '\r', '\v') }), {
  nil: null,
});

it('says which rows were added, removed and changed, by their keys', async () => {
  const table = fc
    .dictionary(fc.constantFrom(...'abcdefghij'), value)
    .map((found) => Object.entries(found).sort());
  await fc.assert(
    fc.asyncProperty(table, table, fc.integer({ min: 1, max: 4 }), async (before, after, size) => {
      const difference = await compareRows(
        { before: segments(before, size), after: segments(after, size) },
        KEYED,
      );
      const [was, is] = [new Map(before), new Map(after)];
      const sorted = (rows: readonly Row[]) =>
        [...rows].sort((left, right) => (String(left[0]) < String(right[0]) ? -1 : 1));
      expect(sorted(difference.added)).toEqual(after.filter(([key]) => !was.has(key)));
      expect(sorted(difference.removed)).toEqual(before.filter(([key]) => !is.has(key)));
      expect(sorted(difference.changed.map((each) => each.after))).toEqual(
        after.filter(([key, text]) => was.has(key) && was.get(key) !== text),
      );
    }),
  );
});

it('counts rows that nothing tells apart', async () => {
  const format = { ...KEYED, key: [] };
  const rows = (...texts: string[]): Row[] => texts.map((text) => [text, null]);
  const sides = { before: segments(rows('a', 'a', 'b'), 2), after: segments(rows('a', 'b', 'b', 'c'), 3) };
  const { added, removed, changed } = await compareRows(sides, format);
  expect(added).toEqual(rows('b', 'c'));
  expect(removed).toEqual(rows('a'));
  expect(changed).toEqual([]);
});

it('does not read segments whose ids are equal', async () => {
  const unread = (name: string, id: string): SegmentRows => ({
    ...{ name, id },
    content: () => Promise.reject(new Error(`${name} was read`)),
  });
  async function* one(segment: SegmentRows) {
    yield segment;
  }
  const same = { before: one(unread('a', '1')), after: one(unread('a', '1')) };
  expect((await compareRows(same, KEYED)).added).toEqual([]);
  const other = { before: one(unread('a', '1')), after: one(unread('a', '2')) };
  await expect(compareRows(other, KEYED)).rejects.toThrow('was read');
});
