// The bytes of the cache of points.
import { expect, test } from 'vitest';
import { type CachedPoint, encodePointCache, isSoundPointCache, parsePointCache } from '#src/point-cache.js';
import type { ObjectId } from '#store/object-id.js';
import { createRandom } from '../fixtures/seeded-random.js';

function makePoint(number: number): CachedPoint {
  const id = String(number).repeat(64).slice(0, 64) as ObjectId;
  return {
    ...{
      id,
      commit: id,
      tree: id,
      message: `Größe ${number} 🦆\nsecond line \udc80`,
      createdAt: '2026-01-02T03:04:05.678Z',
    },
    ...{ host: 'höst', trigger: 'manual', health: 'unknown', complete: true, components: ['etc', 'web'] },
    ...{ files: number, bytes: number * 1000, tags: { reason: 'before the upgrade' } },
  };
}

const points = [1, 2, 3].map(makePoint);

test('a cache gives back the points that it was made of', () => {
  const parsed = parsePointCache(encodePointCache(points));
  expect(parsed.isSound).toBe(true);
  expect([...parsed.points]).toEqual(points.map((point) => [point.id, point]));
});

test('a cache without points is sound', () => {
  expect(isSoundPointCache(encodePointCache([]))).toBe(true);
  expect(parsePointCache(encodePointCache([])).points.size).toBe(0);
});

test('each changed byte of a cache is noticed, and no row with it is used', () => {
  const bytes = encodePointCache(points);
  const random = createRandom(1);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] ^= 1 + random.integer(255);
    expect(isSoundPointCache(damaged), `byte ${at}`).toBe(false);
    for (const [id, point] of parsePointCache(damaged).points) {
      expect(point, `byte ${at}`).toEqual(points.find((known) => known.id === id));
    }
  }
});

test('a cache that is cut short within a row is not sound, and keeps the rows before', () => {
  const bytes = encodePointCache(points);
  const parsed = parsePointCache(bytes.subarray(0, bytes.length - 1));
  expect(isSoundPointCache(bytes.subarray(0, bytes.length - 1))).toBe(false);
  expect(parsed.points.size).toBeGreaterThanOrEqual(2);
  expect(parsePointCache(bytes.subarray(0, 5)).points.size).toBe(0);
});
