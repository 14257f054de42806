// At which of its calls a process is killed: one call of each stretch, so that no phase is passed over.
import type { SeededRandom } from '../fixtures/seeded-random.js';
import type { Kill } from './run-killed.js';

/** SAVEPOINT_TEST_ALL takes every call, before and after it. */
export const takesAllKills = process.env['SAVEPOINT_TEST_ALL'] !== undefined;

/** `most` of the instants before and after each of `calls` calls, in order. */
export function chooseKills(random: SeededRandom, { calls, most }: { calls: number; most: number }): Kill[] {
  const all = Array.from({ length: calls }, (_, index) => index + 1).flatMap((at): Kill[] => [
    { at, when: 'before' },
    { at, when: 'after' },
  ]);
  if (takesAllKills || all.length <= most) return all;
  const length = all.length / most;
  return Array.from({ length: most }, (_, index) =>
    random.pick(all.slice(Math.floor(index * length), Math.floor((index + 1) * length))),
  );
}
