// The map of ids against one of the language's own, and what becomes of it in a file.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { IdMap } from '#src/git/id-map.js';
import type { ObjectId } from '#store/object-id.js';

const platform = await createNodePlatform();
const FORMATS = { from: 'sha256', to: 'sha1' } as const;
const idOf = (number: number, format: 'sha1' | 'sha256') =>
  platform.hash(format, new TextEncoder().encode(String(number))) as ObjectId;
/** Ids that begin alike, and so meet in the table. */
const meeting = (number: number) => `00000000${idOf(number, 'sha256').slice(8)}` as ObjectId;

it('holds what was set last, of any number of ids, in memory and out of a file', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.boolean(), fc.integer()), {
        maxLength: 2500,
        size: 'max',
      }),
      (pairs) => {
        const map = new IdMap(FORMATS);
        const model = new Map<ObjectId, ObjectId>();
        for (const [number, meets, value] of pairs) {
          const id = meets ? meeting(number) : idOf(number, 'sha256');
          map.set(id, idOf(value, 'sha1'));
          model.set(id, idOf(value, 'sha1'));
        }
        const read = IdMap.decode(platform, FORMATS, map.encode(platform));
        for (const each of [map, read]) {
          expect(each?.count).toBe(model.size);
          for (const [id, value] of model) expect(each?.get(id)).toBe(value);
          expect(each?.get(idOf(-1, 'sha256'))).toBe(undefined);
        }
      },
    ),
    { numRuns: 30 },
  );
});

it('is nothing where its file is damaged, cut short, or of other formats', () => {
  const map = new IdMap(FORMATS);
  for (let number = 0; number < 5; number++) map.set(idOf(number, 'sha256'), idOf(number, 'sha1'));
  const bytes = map.encode(platform);
  for (const at of [0, 8, 9, 20, 100, bytes.length - 1]) {
    const damaged = bytes.slice();
    damaged[at] ^= 1;
    expect(IdMap.decode(platform, FORMATS, damaged)).toBe(undefined);
  }
  for (const length of [0, 10, 47, bytes.length - 52, bytes.length - 1])
    expect(IdMap.decode(platform, FORMATS, bytes.subarray(0, length))).toBe(undefined);
  expect(IdMap.decode(platform, { from: 'sha256', to: 'sha256' }, bytes)).toBe(undefined);
  expect(IdMap.decode(platform, FORMATS, bytes)?.count).toBe(5);
});
