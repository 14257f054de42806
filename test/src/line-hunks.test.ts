// How two texts are compared line by line.
import { expect, test } from 'vitest';
import { countChangedLines, diffLines, formatHunk } from '#src/line-hunks.js';

const numbered = (count: number, text = 'line') =>
  Array.from({ length: count }, (_, line) => `${text} ${line}\n`);

test('equal texts have no hunks', () => {
  expect(diffLines('a\nb', 'a\nb')).toEqual([]);
  expect(diffLines('', '')).toEqual([]);
});

test('a hunk has three lines around what changed', () => {
  const after = numbered(20);
  after[10] = 'changed\n';
  const [hunk] = diffLines(numbered(20).join(''), after.join(''));
  expect(hunk).toMatchObject({ oldStart: 8, oldLines: 7, newStart: 8, newLines: 7 });
  expect(hunk.lines).toEqual([
    ' line 7',
    ' line 8',
    ' line 9',
    '-line 10',
    '+changed',
    ' line 11',
    ' line 12',
    ' line 13',
  ]);
});

test.each([
  ['', 'a\n', '@@ -0,0 +1,1 @@\n+a\n'],
  ['a\n', '', '@@ -1,1 +0,0 @@\n-a\n'],
  ['a', 'b', '@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n'],
])('from %j to %j is written %j', (before, after, expected) => {
  expect(diffLines(before, after).map(formatHunk).join('')).toBe(expected);
});

test('texts with little in common are told apart quickly, by one hunk between their common ends', () => {
  const head = numbered(10, 'head');
  const tail = numbered(10, 'tail');
  const before = [...head, ...numbered(50_000, 'old'), ...tail].join('');
  const after = [...head, ...numbered(40_000, 'new'), ...tail].join('');
  const started = performance.now();
  const hunks = diffLines(before, after);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(hunks).toHaveLength(1);
  expect(hunks[0]).toMatchObject({ oldStart: 8, oldLines: 50_006, newStart: 8, newLines: 40_006 });
  expect(hunks[0].lines.slice(0, 4)).toEqual([' head 7', ' head 8', ' head 9', '-old 0']);
  expect(hunks[0].lines.slice(-4)).toEqual(['+new 39999', ' tail 0', ' tail 1', ' tail 2']);
  expect(countChangedLines(hunks)).toEqual({ added: 40_000, removed: 50_000 });
});

test('a text that repeats itself more often is told apart by what is more', () => {
  const hunks = diffLines('same\n'.repeat(3000), 'same\n'.repeat(8000));
  expect(hunks).toHaveLength(1);
  expect(hunks[0]).toMatchObject({ oldStart: 2998, oldLines: 3, newStart: 2998, newLines: 5003 });
  expect(countChangedLines(hunks)).toEqual({ added: 5000, removed: 0 });
});
