// Commits of volumes that are killed at any call leave a store that verifies, with the point that was there, and with the
// new one as a whole or not at all.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { listPoints } from '#src/list.js';
import { verify } from '#src/verify.js';
import { mountPoint } from '#src/view/mount-point.js';
import { createSavedTree } from '../fixtures/saved-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { chooseSeeds } from './choose-seeds.js';
import { runKilled } from './run-killed.js';

const SCRIPT = fileURLToPath(new URL('./commit-volume.mjs', import.meta.url));
/** Each run takes others; SAVEPOINT_TEST_ALL takes all. */
const KILLS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 10 : Number.POSITIVE_INFINITY;

test('a commit that is killed has made its point or none', async () => {
  const random = createRandom(chooseSeeds(0)[0]);
  const tree = await createSavedTree();
  for (const path of ['a', 'd/b', 'd/e/c']) tree.write(path, `of ${path}\n`);
  await tree.save('one');
  const commit = (name: string, kill?: Parameters<typeof runKilled>[2]) =>
    runKilled([SCRIPT, tree.session.location, name], tree.directory, kill);
  const { calls } = commit('whole');
  expect(calls).toBeGreaterThan(10);
  const all = Array.from({ length: calls }, (_, at) => at + 1);
  const chosen = all.length <= KILLS ? all : Array.from({ length: KILLS }, () => random.pick(all));
  for (const [number, at] of chosen.entries()) {
    const name = `killed-${number}`;
    const when = random.pick(['before', 'after'] as const);
    expect(commit(name, { at, when }).killed, `${when} call ${at}`).toBe(true);
    expect((await verify(tree.session, { data: true })).problems).toEqual([]);
    const names = (await listPoints(tree.session)).map((point) => point.name);
    expect(names).toEqual(expect.arrayContaining(['one', 'whole']));
    if (!names.includes(name)) continue;
    const volume = await mountPoint(tree.session, name, { component: 'tree' });
    expect([...volume.readdirSync('/d')].sort()).toEqual(['b', 'new']);
    expect(volume.readFileSync(join('/d', 'new'))).toHaveLength(100_000);
  }
  expect(commit('last').killed).toBe(false);
  expect((await verify(tree.session, { data: true })).problems).toEqual([]);
});
