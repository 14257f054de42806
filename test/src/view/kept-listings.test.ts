// Directories that are kept: those looked at lately, and not more than there is room for.
import { expect, test } from 'vitest';
import { KeptListings } from '#src/view/kept-listings.js';

/** Reads listings of `size` entries, and counts how often. */
function createReads(mostEntries: number, size: number) {
  const kept = new KeptListings<Map<number, number>>(mostEntries);
  const listing = () => new Map(Array.from({ length: size }, (_, index) => [index, index]));
  const reads = new Map<string, number>();
  const get = (path: string) =>
    kept.get(path, () => {
      reads.set(path, (reads.get(path) ?? 0) + 1);
      return listing();
    });
  return { kept, get, reads };
}

test('what is looked at again and again is read once, however many others are', () => {
  const { get, reads } = createReads(100, 9);
  const first = get('often');
  for (let other = 0; other < 1000; other++) {
    get(`other ${other}`);
    expect(get('often')).toBe(first);
  }
  expect(reads.get('often')).toBe(1);
});

test('what was not looked at for long is let go of, so that not more is kept than there is room for', () => {
  const { get, reads } = createReads(100, 9);
  for (let round = 0; round < 3; round++) for (let path = 0; path < 50; path++) get(`${path}`);
  expect([...reads.values()]).toEqual(Array.from({ length: 50 }, () => 3));
  reads.clear();
  for (let path = 49; path >= 0; path--) get(`${path}`);
  const kept = 50 - reads.size;
  expect(kept).toBeGreaterThanOrEqual(5);
  expect(kept).toBeLessThanOrEqual(10);
});

test('a directory that is larger than all the room is kept while it is looked at', () => {
  const { get, reads } = createReads(10, 1000);
  for (let look = 0; look < 5; look++) for (const path of ['', 'large']) get(path);
  expect([...reads.values()]).toEqual([1, 1]);
});

test('nothing is kept after it is cleared', () => {
  const { kept, get, reads } = createReads(100, 9);
  get('a');
  kept.clear();
  get('a');
  expect(reads.get('a')).toBe(2);
});
