// Many small saves: what is merged when, how few packs and segments remain, and how often a byte is written again.
import { describe, expect, it } from 'vitest';
import { choosePacks } from '#store/merge/merge-small-packs.js';
import { createMapBackend } from '../map-backend.js';
import { observeBackend } from '../observe-backend.js';
import { emptyStore, findLost, openOn, saveSmall, sourceOn } from './saved-store.js';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Packs named for their class, as `choosePacks` takes them: `count` of each size. */
function packsOf(groups: readonly (readonly [name: string, count: number, sizeBytes: number])[]) {
  return new Map(
    groups.flatMap(([name, count, sizeBytes]) =>
      Array.from({ length: count }, (_, i) => [`${name}-${String(i).padStart(2, '0')}`, sizeBytes] as const),
    ),
  );
}

/** How many of each name were chosen. */
function classesOf(ids: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id.slice(0, -3)] = (counts[id.slice(0, -3)] ?? 0) + 1;
  return counts;
}

describe('the choice of packs to merge', () => {
  it('is none as long as no size class has 16 of them', () => {
    expect(choosePacks(new Map())).toEqual([]);
    const packs = packsOf([
      ['tiny', 15, 1000],
      ['small', 15, 100 * KIBIBYTE],
      ['middle', 15, 1 * MEBIBYTE],
      ['large', 15, 5 * MEBIBYTE],
      ['huge', 15, 40 * MEBIBYTE],
    ]);
    expect(choosePacks(packs)).toEqual([]);
  });

  it('is all of a class that has 16, and what is smaller, in the order of their names', () => {
    const packs = packsOf([
      ['tiny', 3, 1000],
      ['small', 16, 100 * KIBIBYTE],
      ['middle', 5, 1 * MEBIBYTE],
    ]);
    const chosen = choosePacks(packs);
    expect(classesOf(chosen)).toEqual({ tiny: 3, small: 16 });
    expect(chosen).toEqual([...chosen].sort());
  });

  it('goes up to the largest class that is full', () => {
    const packs = packsOf([
      ['tiny', 20, 1000],
      ['small', 2, 100 * KIBIBYTE],
      ['middle', 17, 1 * MEBIBYTE],
      ['large', 4, 5 * MEBIBYTE],
    ]);
    expect(classesOf(choosePacks(packs))).toEqual({ tiny: 20, small: 2, middle: 17 });
  });

  it('leaves out packs of 64 MiB and more, however many there are', () => {
    expect(choosePacks(packsOf([['large', 40, 64 * MEBIBYTE]]))).toEqual([]);
    expect(choosePacks(packsOf([['large', 16, 64 * MEBIBYTE - 1]]))).toHaveLength(16);
  });

  it.each([
    [64 * KIBIBYTE - 1, 64 * KIBIBYTE],
    [512 * KIBIBYTE - 1, 512 * KIBIBYTE],
    [4 * MEBIBYTE - 1, 4 * MEBIBYTE],
    [32 * MEBIBYTE - 1, 32 * MEBIBYTE],
  ])('tells packs of %i bytes from those of %i', (below, at) => {
    expect(
      choosePacks(
        packsOf([
          ['below', 8, below],
          ['at', 8, at],
        ]),
      ),
    ).toEqual([]);
    expect(
      classesOf(
        choosePacks(
          packsOf([
            ['below', 8, below],
            ['at', 16, at],
          ]),
        ),
      ),
    ).toEqual({ below: 8, at: 16 });
    expect(
      classesOf(
        choosePacks(
          packsOf([
            ['below', 16, below],
            ['at', 8, at],
          ]),
        ),
      ),
    ).toEqual({ below: 16 });
  });
});

describe('a store after many small saves', () => {
  const SAVES = 400;

  it('has few packs and segments, has written each byte a few times, and has lost nothing', async () => {
    const files = emptyStore();
    let writtenBytes = 0;
    const after = ({ writtenBytes: added = 0 }) => {
      writtenBytes += added;
    };
    const store = await openOn(observeBackend(createMapBackend(files), { after }));
    const count = (folder: string) => [...files.keys()].filter((name) => name.startsWith(folder)).length;
    const most = { packs: 0, segments: 0 };
    await saveSmall(store, 0);
    const firstBytes = writtenBytes;
    for (let number = 1; number < SAVES; number++) {
      await saveSmall(store, number);
      most.packs = Math.max(most.packs, count('packs/'));
      most.segments = Math.max(most.segments, count('index/'));
    }
    expect(most.packs).toBeLessThan(20);
    expect(most.segments).toBeLessThan(8);
    // Were everything written again by each merge, it would be thirty times.
    expect(writtenBytes).toBeLessThan(12 * firstBytes * SAVES);
    expect(await findLost(sourceOn(files), [...Array(SAVES).keys()])).toEqual([]);
  });
});
