// Random histories of a tree that is rolled back as a whole, against copies that `cp -a` keeps: changed in every way that
// users do, taken to any of its points, and back by undo.
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rollback } from '#src/rollback/rollback.js';
import { undo } from '#src/rollback/undo.js';
import { save } from '#src/save.js';
import { createSession } from '#src/session.js';
import { expectSameTree } from '../fixtures/compare-trees.js';
import { makeTree } from '../fixtures/made-tree.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { mutateTree } from '../fixtures/mutate-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { swappedComponents } from '../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';

const STEPS = 12;
const PATIENCE_MS = 300_000;
const BYTES = 512 << 20;

/** Where the tree, its store and copies of it are; each step leaves nothing else there. */
async function createHistory() {
  const directory = createTemporaryDirectory({ tmpfsSizeBytes: BYTES });
  const place = join(directory, 'place');
  mkdirSync(place);
  const live = join(place, 'live');
  const session = await createSession(join(directory, 'store'), 'sha256');
  let copies = 0;
  const copy = () => {
    const to = join(directory, `copy-${copies++}`);
    runTool('cp', ['-a', live, to]);
    return to;
  };
  return { place, live, session, copy };
}

it.each(chooseSeeds(1))(
  'a random history as a whole (seed %i)',
  async (seed) => {
    const { place, live, session, copy } = await createHistory();
    const random = createRandom(seed);
    makePlainTree(live, { seed, files: 60 });
    const points: { name: string; copy: string }[] = [];
    for (let step = 0; step < STEPS; step++) {
      mutateTree(live, { seed: `${seed} ${step}`, changes: 1 + random.integer(15) });
      if (step === 0 || random.integer(3) === 0) {
        const name = `point-${step}`;
        await save(session, swappedComponents([live]), { name });
        points.push({ name, copy: copy() });
        continue;
      }
      const before = copy();
      const inode = statSync(live).ino;
      const point = random.pick(points) as { name: string; copy: string };
      const { outcome, problems, displaced, components } = await rollback(session, point.name);
      expect([outcome, problems, displaced]).toEqual(['done', [], []]);
      expectSameTree(point.copy, live);
      if (components[0].steps.length > 0) expect(statSync(live).ino).not.toBe(inode);
      if (random.integer(2) === 0) {
        expect((await undo(session)).outcome).toBe('done');
        expectSameTree(before, live);
      }
      expect(readdirSync(place)).toEqual(['live']);
    }
    await session.close();
  },
  PATIENCE_MS,
);

it(
  'every kind of file goes there and back as a whole',
  async () => {
    const { place, live, session, copy } = await createHistory();
    mkdirSync(live);
    makeTree(live, {
      seed: 1,
      manyFiles: 100,
      largeFileBytes: 1 << 20,
      hugeSparseBytes: 300 << 20,
      sockets: true,
    });
    await save(session, swappedComponents([live]), { name: 'point' });
    const target = copy();
    mutateTree(live, { seed: 2, changes: 60 });
    const changed = copy();
    expect(await rollback(session, 'point')).toMatchObject({ outcome: 'done', problems: [], displaced: [] });
    expectSameTree(target, live);
    expect(await undo(session)).toMatchObject({ outcome: 'done', problems: [], displaced: [] });
    expectSameTree(changed, live);
    expect(readdirSync(place)).toEqual(['live']);
    await session.close();
  },
  PATIENCE_MS,
);
