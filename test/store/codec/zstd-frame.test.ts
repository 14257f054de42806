// The outline of a frame is read as RFC 8878 has it, and nothing passes that is not exactly one frame.
import { expect, test } from 'vitest';
import { compressBound, requireWholeFrame } from '#store/codec/zstd-frame.js';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const LAST_RAW_3 = [0x19, 0, 0, 1, 2, 3];

function reasonAgainst(bytes: number[], rawLengthBytes: number): string {
  try {
    requireWholeFrame(Uint8Array.from(bytes), rawLengthBytes);
    return 'none';
  } catch (error) {
    expect(error).toMatchObject({ code: 'BLOCK_CORRUPT' });
    return String((error as { fields: { reason: string } }).fields.reason);
  }
}

test.each<[string, number[]]>([
  ['one byte', [0x20, 3]],
  ['four bytes', [0xa0, 3, 0, 0, 0]],
  ['eight bytes', [0xe0, 3, 0, 0, 0, 0, 0, 0, 0]],
  ['four bytes behind a window', [0x80, 0x58, 3, 0, 0, 0]],
])('a content size of %s is read', (_, header) => {
  expect(reasonAgainst([...MAGIC, ...header, ...LAST_RAW_3], 3)).toBe('none');
  expect(reasonAgainst([...MAGIC, ...header, ...LAST_RAW_3], 4)).toMatch('declares 3 bytes where 4');
});

test('a content size of two bytes counts from 256', () => {
  const block = [0x01 | (0 << 1) | ((259 << 3) & 0xff), (259 << 3) >> 8, 0, ...new Array(259).fill(7)];
  expect(reasonAgainst([...MAGIC, 0x60, 3, 0, ...block], 259)).toBe('none');
});

test('a size beyond 32 bits is not taken for its lower half', () => {
  expect(reasonAgainst([...MAGIC, 0xe0, 3, 0, 0, 0, 1, 0, 0, 0, ...LAST_RAW_3], 3)).toMatch('4294967299');
});

test('a checksum belongs to the frame', () => {
  expect(reasonAgainst([...MAGIC, 0x24, 3, ...LAST_RAW_3, 9, 9, 9, 9], 3)).toBe('none');
  expect(reasonAgainst([...MAGIC, 0x24, 3, ...LAST_RAW_3, 9, 9, 9], 3)).toBe('it is cut short');
});

test.each<[string, number[], string]>([
  ['another magic number', [0x29, 0xb5, 0x2f, 0xfd, 0x20, 3, ...LAST_RAW_3], 'does not start'],
  ['no content size', [...MAGIC, 0x00, 0x58, ...LAST_RAW_3], 'does not declare'],
  ['a dictionary', [...MAGIC, 0x21, 7, 3, ...LAST_RAW_3], 'dictionary'],
  ['a reserved header bit', [...MAGIC, 0x28, 3, ...LAST_RAW_3], 'reserved bit'],
  ['a reserved kind of block', [...MAGIC, 0x20, 3, 0x1f, 0, 0, 1, 2, 3], 'block header'],
  ['a block beyond 128 KiB', [...MAGIC, 0x20, 3, 0x01, 0x00, 0xff], 'block header'],
  ['a repeated byte beyond the content', [...MAGIC, 0x20, 3, 0x23, 0, 0, 7], 'more than it declares'],
  ['no last block', [...MAGIC, 0x20, 3, 0x18, 0, 0, 1, 2, 3], 'cut short'],
  ['padding', [...MAGIC, 0x20, 3, ...LAST_RAW_3, 0], '1 bytes follow'],
  ['a header cut short', [...MAGIC, 0xa0, 3, 0], 'cut short'],
  ['nothing at all', [], 'does not start'],
])('refuses a frame with %s', (_, bytes, reason) => {
  expect(reasonAgainst(bytes, 3)).toMatch(reason);
});

test('an empty content has no compressed blocks', () => {
  expect(reasonAgainst([...MAGIC, 0x20, 0, 1, 0, 0], 0)).toBe('none');
  expect(reasonAgainst([...MAGIC, 0x20, 0, 0x0d, 0, 0, 1], 0)).toMatch('more than it declares');
});

test('a frame longer than any encoder makes of its content is refused unread', () => {
  const bytes = [...MAGIC, 0x20, 3, ...new Array(400).fill(0), ...LAST_RAW_3];
  expect(reasonAgainst(bytes, 3)).toMatch('longer than its content explains');
});

test('the bound is that of zstd.h', () => {
  expect([0, 1000, 128 * 1024, 4 << 20].map(compressBound)).toEqual([64, 1066, 131_584, 4_210_688]);
});
