// Garbage collection against a model: over random histories of several processes at once no point ever lacks an object,
// and in the end nothing is stored that nobody needs.
import { expect, it } from 'vitest';
import { createRandom } from '../../fixtures/seeded-random.js';
import { chooseSeeds } from '../../simulation/choose-seeds.js';
import { CollectedStore } from './collected-store.js';

const HISTORIES = Number(process.env['SAVEPOINT_TEST_HISTORIES'] ?? 60);
const ROUNDS = 8;

it.each(chooseSeeds(1))(
  `${HISTORIES} histories lose nothing, and free what nobody needs (seed %i)`,
  async (seed) => {
    let [swept, rewritten, gone] = [0, 0, 0];
    for (let history = 0; history < HISTORIES; history++) {
      const store = new CollectedStore(createRandom(seed * 100_000 + history));
      const name = `history ${history} of seed ${seed}`;
      for (let round = 0; round < ROUNDS; round++) {
        await store.live();
        expect(await store.findLost(), name).toEqual([]);
        expect(await store.findMissingPacks(), name).toEqual([]);
      }
      expect(await store.findWaste(), name).toEqual([]);
      expect(await store.findLost(), name).toEqual([]);
      swept += store.swept;
      rewritten += store.rewritten;
      gone += store.points.filter(({ state }) => state === 'gone').length;
    }
    // The histories are worth something: in the mean, several times as much.
    expect(Math.min(swept, rewritten, gone)).toBeGreaterThan(HISTORIES / 12);
  },
  600_000,
);
