// Rows are cut where their content says so: whatever pieces they come in, and whatever has changed elsewhere.
import { expect, it } from 'vitest';
import { cutRows, type RowSegment } from '#adapters/state/row-cutter.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { chooseSeeds } from '../../simulation/choose-seeds.js';

async function segmentsOf(rows: Uint8Array, pieceBytes: () => number): Promise<RowSegment[]> {
  async function* pieces() {
    for (let at = 0; at < rows.length; ) {
      const piece = rows.subarray(at, at + pieceBytes());
      at += piece.length;
      yield piece;
    }
  }
  const segments: RowSegment[] = [];
  for await (const segment of cutRows(pieces())) segments.push(segment);
  return segments;
}

function makeRows(seed: number, count: number): string[] {
  const random = createRandom(seed);
  return Array.from(
    { length: count },
    (_, at) => `${at}\t${random.bytes(1 + random.integer(60)).toString('hex')}`,
  );
}

const bytesOf = (rows: readonly string[]) => Buffer.from(rows.map((row) => `${row}\n`).join(''));

it.each(chooseSeeds(1))(
  'segments hold all rows, in order and whole, however they come (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    const rows = makeRows(seed, 60_000);
    const bytes = bytesOf(rows);
    const whole = await segmentsOf(bytes, () => bytes.length);
    const inPieces = await segmentsOf(bytes, () => 1 + random.integer(100_000));
    const facts = ({ name, rows: count, bytes: length }: RowSegment) => `${name} ${count} ${length}`;
    expect(inPieces.map(facts)).toEqual(whole.map(facts));
    expect(
      inPieces.every(({ content }, at) => Buffer.compare(content, whole[at]?.content ?? content) === 0),
    ).toBe(true);
    expect(Buffer.concat(whole.map(({ content }) => content)).equals(bytes)).toBe(true);
    expect(whole.reduce((sum, segment) => sum + segment.rows, 0)).toBe(rows.length);
    for (const { content, bytes: length } of whole) {
      expect(content.length).toBe(length);
      expect(content.at(-1)).toBe(10);
    }
    expect(new Set(whole.map(({ name }) => name)).size).toBe(whole.length);
    expect(whole.length).toBeGreaterThan(4);
  },
);

it('a row that is changed, added or removed changes the segments around it alone', async () => {
  const rows = makeRows(7, 60_000);
  const before = await segmentsOf(bytesOf(rows), () => 65_536);
  const known = new Map(before.map(({ name, content }) => [name, Buffer.from(content)]));
  const changes: readonly ((rows: string[]) => void)[] = [
    (some) => some.splice(30_000, 1, 'changed'),
    (some) => some.splice(30_000, 0, 'added', 'added too'),
    (some) => some.splice(30_000, 3),
  ];
  for (const change of changes) {
    const changed = [...rows];
    change(changed);
    const after = await segmentsOf(bytesOf(changed), () => 65_536);
    const others = after.filter(({ name, content }) => known.get(name)?.equals(content) !== true);
    expect(others.length).toBeGreaterThan(0);
    expect(others.length).toBeLessThan(4);
  }
});

it('equal rows get names of their own, a row longer than any segment stays whole, and the last newline may be missing', async () => {
  const same = await segmentsOf(bytesOf(Array.from({ length: 400_000 }, () => 'the same')), () => 65_536);
  expect(new Set(same.map(({ name }) => name)).size).toBe(same.length);
  const long = 'x'.repeat(9 << 20);
  const [first, ...others] = await segmentsOf(Buffer.from(`${long}\nshort`), () => 65_536);
  expect(first?.bytes).toBe(long.length + 1);
  expect(others.map(({ content }) => Buffer.from(content).toString())).toEqual(['short']);
  expect(await segmentsOf(Buffer.alloc(0), () => 1)).toEqual([]);
});
