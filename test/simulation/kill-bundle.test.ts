// Bundles whose making or taking in is killed at any of its calls: a file is whole or as it was, a point is there whole or
// not at all, and both can be repeated.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { createBundle } from '#src/bundle/create-bundle.js';
import { verifyBundle } from '#src/bundle/verify-bundle.js';
import { componentsOfPaths } from '#src/components.js';
import { listPoints } from '#src/list.js';
import { save } from '#src/save.js';
import { createSession, openSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseKills } from './choose-kills.js';
import { chooseSeeds } from './choose-seeds.js';
import { runKilled } from './run-killed.js';

const CLI = fileURLToPath(new URL('../../dist/program/savepoint.js', import.meta.url));
/** Of each, in a run; SAVEPOINT_TEST_ALL takes all. */
const KILLS = 10;

const [seed] = chooseSeeds(0);
let directory: string;
let store: string;
let file: string;

beforeAll(async () => {
  directory = createTemporaryDirectory({ lifetime: 'file' });
  store = join(directory, 'store');
  file = join(directory, 'good.bundle');
  const live = join(directory, 'live');
  const random = createRandom(seed);
  mkdirSync(live);
  writeFileSync(join(live, 'small'), random.bytes(5000));
  writeFileSync(join(live, 'large'), random.bytes(1_300_000));
  const session = await createSession(store, 'sha256');
  await save(session, componentsOfPaths([live]), { name: 'one' });
  writeFileSync(join(live, 'small'), random.bytes(5000));
  await save(session, componentsOfPaths([live]), { name: 'two' });
  await createBundle(session, { target: file, points: ['one', 'two'] });
  await session.close();
});

async function using<T>(location: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession({ store: location });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const namesOf = async (session: Session) => (await listPoints(session)).map(({ name }) => name);

test(`a restore that is killed has brought points whole or not at all (seed ${seed})`, async () => {
  const target = join(directory, 'target');
  const words = [CLI, '--store', target, 'bundle', 'restore', file];
  const { calls } = runKilled(words, directory);
  expect(calls).toBeGreaterThan(10);
  const seen = new Set<number>();
  for (const kill of chooseKills(createRandom(seed), { calls, most: KILLS })) {
    rmSync(target, { recursive: true });
    // The last calls may be made, or not, as time goes.
    const { killed } = runKilled(words, directory, kill);
    const where = `${kill.when} call ${kill.at} of ${calls}`;
    if (existsSync(join(target, 'store.json'))) {
      await using(target, async (session) => {
        const names = await namesOf(session);
        if (killed) seen.add(names.length);
        expect(names, where).toEqual(['one', 'two'].slice(0, names.length));
        expect((await verify(session, { data: true })).problems, where).toEqual([]);
      });
    }
    runKilled(words, directory);
    await using(target, async (session) => {
      expect(await namesOf(session), where).toEqual(['one', 'two']);
      await session.store.backend.removeAbandonedWrites();
      expect(readdirSync(join(target, 'tmp')), where).toEqual([]);
      expect((await verify(session, { data: true })).problems, where).toEqual([]);
    });
  }
  expect([...seen]).toContain(0);
});

test(`a bundle whose making is killed is whole, or the file is as it was (seed ${seed})`, async () => {
  const made = join(directory, 'made');
  mkdirSync(made);
  const target = join(made, 'new.bundle');
  const words = [CLI, '--store', store, 'bundle', 'create', target, 'one', 'two'];
  const { calls } = runKilled(words, directory);
  expect(calls).toBeGreaterThan(3);
  const whole = readFileSync(target);
  expect((await verifyBundle(target)).points).toHaveLength(2);
  const seen = { whole: 0, before: 0 };
  // Behind the last call all is there, however many calls it takes this time.
  const kills = [
    ...chooseKills(createRandom(seed + 1), { calls, most: KILLS }),
    { at: calls, when: 'after' as const },
  ];
  for (const kill of kills) {
    writeFileSync(target, 'what was there');
    runKilled(words, directory, kill);
    const left = readFileSync(target);
    if (left.equals(whole)) seen.whole++;
    else {
      seen.before++;
      expect(left.toString(), `${kill.when} call ${kill.at} of ${calls}`).toBe('what was there');
    }
    runKilled(words, directory);
    expect(readFileSync(target).equals(whole)).toBe(true);
    expect(readdirSync(made)).toEqual(['new.bundle']);
  }
  expect(seen.before).toBeGreaterThan(0);
  expect(seen.whole).toBeGreaterThan(0);
});
