// Numbers of nodes and of inodes.
import { expect, test } from 'vitest';
import { inodeNumber } from '#src/mount/inode-number.js';
import { NodeNumbers, ROOT_NUMBER } from '#src/mount/node-numbers.js';

test('children have consecutive numbers, each time the same, that lead back to their directory', () => {
  const numbers = new NodeNumbers();
  const first = numbers.firstIn(ROOT_NUMBER, 3);
  expect(numbers.firstIn(ROOT_NUMBER, 3)).toBe(first);
  const below = numbers.firstIn(first + 1, 10_000);
  const single = numbers.take(first);
  expect(new Set([ROOT_NUMBER, first, first + 2, below, below + 9999, single]).size).toBe(6);
  expect([first, first + 2].map((number) => numbers.directoryOf(number))).toEqual([ROOT_NUMBER, ROOT_NUMBER]);
  expect([below, below + 9999].map((number) => numbers.directoryOf(number))).toEqual([first + 1, first + 1]);
  expect([numbers.directoryOf(single), numbers.directoryOf(ROOT_NUMBER)]).toEqual([first, ROOT_NUMBER]);
  expect([0, ROOT_NUMBER, single, single + 1].map((number) => numbers.has(number))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test('inode numbers differ for different files, are the same for the same, and have 53 bits', () => {
  const files = Array.from({ length: 200_000 }, (_, at) => `tree/${at % 97}/file-${at}`);
  const seen = new Set(files.map((file) => numberOf(file)));
  expect(seen.size).toBe(files.length);
  expect(Math.max(...[...seen].slice(0, 1000))).toBeGreaterThan(2 ** 50);
  for (const number of seen) if (!Number.isSafeInteger(number)) throw new Error(`${number} is too large`);
  expect(numberOf('tree/a')).toBe(numberOf('tree/a'));
});

function numberOf(file: string): number {
  const { inodeHigh, inodeLow } = inodeNumber(file);
  return inodeHigh * 2 ** 32 + inodeLow;
}
