// Sizes and counts as people read them.
import { expect, test } from 'vitest';
import { countOf, formatBytes, formatCount } from '#src/cli/format-bytes.js';

test('sizes are in binary units with at most one digit behind the point', () => {
  const sizes = [0, 1, 1023, 1024, 1536, 102_399, 102_400, 1.3 * 2 ** 30, 3 * 2 ** 40].map(formatBytes);
  expect(sizes).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '100 KiB',
    '100 KiB',
    '1.3 GiB',
    '3.0 TiB',
  ]);
});

test('no size is 1024 of a unit', () => {
  expect(formatBytes(1024 ** 2 - 1)).toBe('1.0 MiB');
  expect(formatBytes(1023.4 * 1024)).toBe('1023 KiB');
  expect(formatBytes(-2048)).toBe('-2.0 KiB');
});

test('counts have separators, and one of a thing is one', () => {
  expect([0, 999, 1000, 78_579, 1_234_567].map(formatCount)).toEqual([
    '0',
    '999',
    '1,000',
    '78,579',
    '1,234,567',
  ]);
  expect([countOf(1, 'file'), countOf(1000, 'file'), countOf(2, 'entry', 'entries')]).toEqual([
    ...['1 file', '1,000 files', '2 entries'],
  ]);
});
