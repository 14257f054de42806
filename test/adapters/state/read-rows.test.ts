// Rows come from a pipe up to a mark, however the pipe cuts them.
import { expect, it } from 'vitest';
import { readRows, readUntilMark } from '#adapters/state/read-rows.js';
import { createRandom } from '../../fixtures/seeded-random.js';

const MARK = '\u00010123456789abcdef\n';

/** A descriptor that gives so many bytes at a time. */
function pipeOf(text: string, pieceBytes: () => number) {
  let left = Buffer.from(text, 'latin1');
  return (_: number, into: Buffer) => {
    const piece = left.subarray(0, Math.min(pieceBytes(), into.length));
    left = left.subarray(piece.length);
    return piece.copy(into);
  };
}

async function read(text: string, pieceBytes: () => number) {
  let rows = '';
  const said = await readRows(
    { descriptor: 0, mark: MARK },
    pipeOf(text, pieceBytes),
    async ({ content }) => {
      rows += Buffer.from(content).toString('latin1');
    },
  );
  return { rows, said };
}

it('rows end at the first mark, what is said at the second, in pieces of any length', async () => {
  const random = createRandom(1);
  for (let round = 0; round < 300; round++) {
    const rows = Array.from(
      { length: random.integer(40) },
      () => `${random.text(random.integer(30)).toString('latin1').replaceAll('\n', ' ')}\u0001\n`,
    ).join('');
    const text = `${rows}${MARK}true\n23505\nsome message\n${MARK}`;
    expect(await read(text, () => 1 + random.integer(20))).toEqual({
      rows,
      said: 'true\n23505\nsome message\n',
    });
  }
});

it('a mark at the end of a full window is no row', async () => {
  for (const over of [0, 1, 8, 17, 18, 19]) {
    const rows = `${'y'.repeat(99)}\n`.repeat((4 << 20) / 100 - 1);
    const padded = `${rows}${'z'.repeat((4 << 20) - rows.length - 18 + over - 1)}\n`;
    const { rows: found, said } = await read(`${padded}${MARK}false\n${MARK}`, () => 65_536);
    expect(found === padded).toBe(true);
    expect(said).toBe('false\n');
  }
});

it('a program that ends before its mark is a failure', async () => {
  await expect(read(`a\nb\n${MARK}`, () => 4)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  const sink = {
    space: () => Buffer.alloc(8),
    filled() {},
    rest: () => Buffer.alloc(0),
    truncate() {},
    isFull: false,
    drain() {},
  };
  await expect(readUntilMark({ descriptor: 0, mark: MARK }, () => 0, sink)).rejects.toMatchObject({
    code: 'STATE_UNREADABLE',
  });
});
