// Which points are kept, by each rule alone and by all together, whatever the clock says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '#src/configuration/configuration.js';
import { chooseKept, type RetainedPoint } from '#src/retention/choose-kept.js';
import type { ObjectId } from '#store/object-id.js';

const NOTHING: RetentionPolicy = {
  ...{ keepLast: 1, keepPerComponent: 0, keepHours: 0 },
  ...{ keepDaily: 0, keepWeekly: 0, keepMonthly: 0, keepTags: [] },
};
const NOW = new Date(2026, 10, 25, 12).getTime();
const HOUR = 3600_000;

function point(name: string, hoursAgo: number, more: Partial<RetainedPoint> = {}): RetainedPoint {
  const createdAt = new Date(NOW - hoursAgo * HOUR).toISOString();
  return {
    id: name as ObjectId,
    ...{ name, createdAt, components: ['app'], health: 'unknown', tags: {}, ...more },
  };
}

function kept(
  points: readonly RetainedPoint[],
  policy: Partial<RetentionPolicy>,
  more: { pinned?: readonly string[]; needed?: readonly string[] } = {},
): string[] {
  const decisions = chooseKept(points, {
    ...{ policy: { ...NOTHING, ...policy }, nowMs: NOW },
    pinned: new Set((more.pinned ?? []) as ObjectId[]),
    needed: new Set((more.needed ?? []) as ObjectId[]),
  });
  return decisions.filter(({ reasons }) => reasons.length > 0).map(({ point: { name } }) => name);
}

/** One every 12 hours, oldest first. */
const MANY = Array.from({ length: 60 }, (_, index) => point(`p${59 - index}`, (59 - index) * 12));

describe('a point is kept', () => {
  it('that is one of the last', () => {
    expect(kept(MANY, { keepLast: 3 })).toEqual(['p2', 'p1', 'p0']);
  });

  it('that is one of the last of a component, though others were made since', () => {
    const points = [
      ...[point('a1', 9, { components: ['a'] }), point('a2', 8, { components: ['a', 'b'] })],
      ...[point('b1', 7, { components: ['b'] }), point('b2', 6, { components: ['b'] })],
    ];
    expect(kept(points, { keepPerComponent: 1 })).toEqual(['a2', 'b2']);
    expect(kept(points, { keepPerComponent: 2 })).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it('that was made in the last hours, or later than now by a clock that was wrong', () => {
    const points = [point('old', 30), point('young', 20), point('future', -500), point('last', 25)];
    expect(kept(points, { keepHours: 24 })).toEqual(['young', 'future', 'last']);
  });

  it('that is the newest of one of the last days, weeks or months', () => {
    expect(kept(MANY, { keepDaily: 3 })).toEqual(['p4', 'p2', 'p0']);
    expect(kept(MANY, { keepWeekly: 3 })).toHaveLength(3);
    expect(kept(MANY, { keepMonthly: 2 })).toHaveLength(2);
    const gaps = [point('a', 24 * 90), point('b', 24 * 40), point('c', 24 * 2), point('d', 1)];
    expect(kept(gaps, { keepDaily: 3 })).toEqual(['b', 'c', 'd']);
  });

  it('that has a tag, a pin, an operation that needs it, or is the latest healthy one', () => {
    const points = [
      ...[point('tagged', 99, { tags: { release: '1' } }), point('valued', 98, { tags: { env: 'prod' } })],
      ...[point('other', 97, { tags: { env: 'test' } }), point('well', 96, { health: 'healthy' })],
      ...[point('pinned', 95), point('needed', 94), point('plain', 93), point('last', 0)],
    ];
    const policy = { keepTags: ['release', 'env=prod'] };
    expect(kept(points, policy, { pinned: ['pinned'], needed: ['needed'] })).toEqual([
      ...['tagged', 'valued', 'well', 'pinned', 'needed', 'last'],
    ]);
  });
});

it('what is kept for itself is protected, and what is kept for its age is not', () => {
  const decisions = chooseKept(MANY, {
    ...{ policy: { ...NOTHING, keepLast: 2, keepDaily: 5 }, nowMs: NOW },
    ...{ pinned: new Set(['p9' as ObjectId]), needed: new Set<ObjectId>() },
  });
  const names = decisions.filter(({ isProtected }) => isProtected).map(({ point: { name } }) => name);
  expect(names).toEqual(['p9', 'p0']);
});

it('the latest is always kept, a wider policy keeps no less, and no order of times makes a difference to the last', () => {
  const points = fc.array(fc.integer({ min: -100, max: 5000 }), { maxLength: 40 });
  const counts = fc.record({
    ...{ keepLast: fc.integer({ min: 1, max: 9 }), keepPerComponent: fc.nat(4), keepHours: fc.nat(60) },
    ...{ keepDaily: fc.nat(9), keepWeekly: fc.nat(5), keepMonthly: fc.nat(4) },
  });
  fc.assert(
    fc.property(points, counts, counts, (hours, one, other) => {
      const made = hours.map((ago, index) => point(`p${index}`, ago));
      const wider = Object.fromEntries(
        Object.entries(one).map(([key, value]) => [key, Math.max(value, other[key as keyof typeof other])]),
      );
      const narrow = kept(made, one);
      expect(kept(made, wider)).toEqual(expect.arrayContaining(narrow));
      for (const { name } of made.slice(-one.keepLast)) expect(narrow).toContain(name);
    }),
  );
});
