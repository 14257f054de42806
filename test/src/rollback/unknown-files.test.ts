// Files that no point knows, as a component leaves them out: a rollback keeps them, and the directories that they are in.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { rollback } from '#src/rollback/rollback.js';
import { save } from '#src/save.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  tree.write('file', 'as it was');
  await tree.save('point');
});

const path = (name: string) => join(tree.root, name);

it('keeps files that no point knows, and the directories that they are in', async () => {
  const definitions = componentsOfPaths([tree.root], { exclude: ['*.log'] });
  await save(tree.session, definitions, { name: 'without-logs' });
  tree.write('new/below/app.log', 'nobody else has this');
  tree.write('new/below/file', 'goes');
  const { outcome } = await rollback(tree.session, 'without-logs');
  expect(outcome).toBe('done');
  expect(readFileSync(path('new/below/app.log'), 'utf8')).toBe('nobody else has this');
  expect(readdirSync(path('new/below'))).toEqual(['app.log']);
});

it('tells of directories that stay as there is more in them than the point knows', async () => {
  const definitions = componentsOfPaths([tree.root], { exclude: ['*.log'] });
  await save(tree.session, definitions, { name: 'without-logs' });
  tree.write('new/below/app.log', 'nobody else has this');
  const { outcome, keptDirectories } = await rollback(tree.session, 'without-logs');
  expect([outcome, keptDirectories]).toEqual(['done', [path('new/below'), path('new')]]);
  const without = await rollback(tree.session, 'point');
  expect(without.keptDirectories).toBeUndefined();
});
