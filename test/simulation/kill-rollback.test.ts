// A rollback of three components that is killed at any of its calls, and a recovery that is killed at any of its own,
// lead, once `recover` has run, to the state before or to the point's, attribute for attribute, and never to a mixture.
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../fixtures/seeded-random.js';
import { chooseKills, takesAllKills } from './choose-kills.js';
import { chooseSeeds } from './choose-seeds.js';
import { KilledRollback } from './killed-rollback.js';

const PATIENCE_MS = takesAllKills ? 5_400_000 : 900_000;

const [seed] = chooseSeeds(0);
const random = createRandom(seed);

const WAYS = [
  { way: 'file by file', swapped: [], samples: 10 },
  { way: 'file by file and as a whole', swapped: ['app', 'web'], samples: 8 },
];

describe.each(WAYS)(`a rollback $way (seed ${seed})`, ({ swapped, samples }) => {
  let host: KilledRollback;
  beforeAll(async () => {
    host = await KilledRollback.make(swapped);
  });

  it('leads to the target where nobody kills it', async () => {
    host.reset();
    expect(host.run('rollback').killed).toBe(false);
    expect(host.state()).toBe('target');
    expect(await host.recover()).toBe('nothing');
    await host.expectSoundStore();
  });

  it(
    'that is killed at any call is dropped or finished by recover',
    async () => {
      host.reset();
      const { calls } = host.run('rollback');
      const seen = { original: 0, target: 0 };
      for (const kill of chooseKills(random, { calls, most: samples })) {
        host.reset();
        const { killed } = host.run('rollback', kill);
        const did = await host.recover();
        const state = host.state();
        // The number of calls is not quite the same each time: the last one may not be reached.
        if (!killed) expect(state).toBe('target');
        expect(['original', 'target'], `${JSON.stringify(kill)} ${did}: ${state}`).toContain(state);
        seen[state as keyof typeof seen]++;
        expect(await host.recover()).toBe('nothing');
      }
      await host.expectSoundStore();
      expect(seen.original).toBeGreaterThan(0);
      expect(seen.target).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  it(
    'whose recovery is killed at any call is finished by the next one',
    async () => {
      const decided = await host.findDecidedKill();
      const { calls } = host.run('recover');
      for (const kill of chooseKills(random, { calls, most: samples / 2 })) {
        host.reset();
        host.run('rollback', decided);
        host.run('recover', kill);
        await host.recover();
        expect(host.state(), JSON.stringify({ decided, kill })).toBe('target');
      }
    },
    PATIENCE_MS,
  );
});

describe(`a rollback as a whole that a validator refuses (seed ${seed})`, () => {
  it(
    'and that is killed at any call of both ways goes back',
    async () => {
      const host = await KilledRollback.make(['app', 'web'], ['exit 3']);
      host.reset();
      const { calls } = host.run('rollback');
      expect(host.state()).toBe('original');
      for (const kill of chooseKills(random, { calls, most: 24 })) {
        host.reset();
        host.run('rollback', kill);
        await host.recover();
        expect(host.state(), JSON.stringify(kill)).toBe('original');
      }
      await host.expectSoundStore();
    },
    PATIENCE_MS,
  );
});
