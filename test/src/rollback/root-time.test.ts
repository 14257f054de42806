// The root of a component holds a staging directory during a rollback, and looks afterwards as if it never had.
import { statSync, utimesSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rollback } from '#src/rollback/rollback.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';

it('a root in which only contents differ keeps its time', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'as it was');
  utimesSync(tree.root, 1e9, 1e9);
  await tree.save('point');
  tree.write('file', 'changed');
  await rollback(tree.session, 'point');
  expect(statSync(tree.root).mtimeMs).toBe(1e12);
});
