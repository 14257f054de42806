// A store that has lost what a bundle holds gets it back by taking the bundle in again, though all its points are there.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBundle } from '#src/bundle/create-bundle.js';
import { restoreBundle } from '#src/bundle/restore-bundle.js';
import { makePlainTree } from '../../fixtures/make-plain-tree.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { createSecondStore, expectRestores, expectSound } from './second-store.js';

test('packs that are lost come back out of a bundle', async () => {
  const tree = await createSavedTree();
  makePlainTree(tree.root, { seed: 5, files: 20 });
  await tree.save('one');
  const file = join(tree.directory, 'one.bundle');
  await createBundle(tree.session, { target: file, points: ['one'] });
  const count = readdirSync(join(tree.session.location, 'packs')).length;
  expect(count).toBeGreaterThan(1);
  for (let lost = 0; lost < count; lost++) {
    const second = await createSecondStore();
    await restoreBundle(second, file);
    const packs = join(second.location, 'packs');
    rmSync(join(packs, readdirSync(packs).sort()[lost]));
    const result = await restoreBundle(second, file);
    expect(result.points.map(({ outcome }) => outcome)).toEqual(['present']);
    expect(result.newObjects).toBeGreaterThan(0);
    await expectRestores(second, 'one', tree.root);
    await expectSound(second);
  }
});
