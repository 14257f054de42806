// A rollback that is killed at any instant leaves, after `recover`, the old or the new database under its name.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../fixtures/postgres-server.js';
import { killRollback } from '../../fixtures/rollback-process.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { chooseSeeds } from '../../simulation/choose-seeds.js';
import { contentOf, databaseScene, leftovers, makeDatabase } from './database-scene.js';

const MOST_MS = 600_000;
const KILLS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 8 : 100;
let server: PostgresServer;
beforeAll(() => {
  server = startPostgres();
}, MOST_MS);
afterAll(() => server.close());

it.each(chooseSeeds(1))(
  'a rollback is killed at random instants (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    const name = `killed${seed}`;
    const { done, run } = databaseScene({ url: makeDatabase(server, name) });
    await done('save', '--name', 'first');
    const original = contentOf(server, name);
    server.query(name, 'DELETE FROM items WHERE id % 2 = 0; INSERT INTO plain VALUES ($$more$$)');
    const changed = contentOf(server, name);
    const rollback = ['rollback', 'first', '--with-data', '--yes'];
    const started = performance.now();
    await done(...rollback);
    const tookMs = performance.now() - started;
    await done('undo');
    for (let kill = 0; kill < KILLS; kill++) {
      const afterMs = (random.integer(1000) / 1000) * tookMs;
      await run(rollback, { kill: { afterMs } });
      await done('recover');
      const content = contentOf(server, name);
      expect([original, changed], `killed after ${afterMs} ms of seed ${seed}`).toContain(content);
      expect(leftovers(server), `killed after ${afterMs} ms of seed ${seed}`).toBe('');
      if (content === original) await done('undo');
    }
  },
  MOST_MS,
);

it.each([
  ['staging', 'old'],
  ['deciding', 'old'],
  ['applying', 'new'],
  ['verifying', 'new'],
] as const)(
  'a rollback that is killed when it comes to %s leaves the %s database',
  async (phase, expected) => {
    const name = `at_${phase}`;
    const { done, store } = databaseScene({ url: makeDatabase(server, name) });
    await done('save', '--name', 'first');
    const original = contentOf(server, name);
    server.query(name, 'DELETE FROM items');
    const changed = contentOf(server, name);
    killRollback(store, { point: 'first', phase });
    await done('recover');
    expect(contentOf(server, name)).toBe(expected === 'old' ? changed : original);
    expect(leftovers(server)).toBe('');
  },
  MOST_MS,
);

it.each(['deciding', 'applying'] as const)(
  'a rollback that is killed when it comes to %s is held while the server does not run',
  async (phase) => {
    const name = `held_${phase}`;
    const { done, run, store } = databaseScene({ url: makeDatabase(server, name) });
    await done('save', '--name', 'first');
    const original = contentOf(server, name);
    server.query(name, 'DELETE FROM items');
    const changed = contentOf(server, name);
    killRollback(store, { point: 'first', phase });
    server.stop();
    try {
      const held = await run(['recover']);
      expect(held.exitCode).not.toBe(0);
      expect(held.stderr).toContain(
        "The interrupted operation can't be finished without db: no server answers there",
      );
    } finally {
      server.start();
    }
    await done('recover');
    expect(contentOf(server, name)).toBe(phase === 'deciding' ? changed : original);
    expect(leftovers(server)).toBe('');
  },
  MOST_MS,
);
