// Tables, and the width of text on a terminal.
import { expect, test } from 'vitest';
import { layOutTable } from '#src/cli/print-table.js';
import { createStyle } from '#src/cli/style.js';
import { cutToWidth, textWidth } from '#src/cli/text-width.js';

test('columns are aligned to the left or the right, and no line ends with blanks', () => {
  const rows = [
    ['NAME', 'SIZE', 'NOTE'],
    ['a', '1 B', ''],
    ['longer', '12 KiB', 'x'],
  ];
  expect(layOutTable(rows, { right: [1], indent: '  ' })).toEqual([
    '  NAME      SIZE  NOTE',
    '  a          1 B',
    '  longer  12 KiB  x',
  ]);
});

test('colours and wide characters do not disturb the columns', () => {
  const { red } = createStyle(true);
  expect(
    layOutTable([
      [red('a'), 'x'],
      ['世界', 'x'],
      ['e\u0301', 'x'],
    ]),
  ).toEqual([...['\x1b[31ma\x1b[39m     x', '世界  x', 'e\u0301     x']]);
});

test('a text is cut at a width, not in the middle of a wide character', () => {
  expect(textWidth('a世🎉')).toBe(5);
  expect(cutToWidth('世界世界', 8)).toBe('世界世界');
  expect(cutToWidth('世界世界', 6)).toBe('世界…');
  expect(cutToWidth('abcdef', 4)).toBe('abc…');
});
