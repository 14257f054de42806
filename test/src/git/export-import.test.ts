// Exported points come back by an import as the points that they were.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportPoints } from '#src/git/export-points.js';
import { importRepository } from '#src/git/import-repository.js';
import { listPointRefs } from '#src/points.js';
import type { ObjectFormat } from '#store/object-id.js';
import { bareGit } from '../../fixtures/bare-git.js';
import { createExportScene } from '../../fixtures/export-scene.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';

it.each<{ from: ObjectFormat; over: ObjectFormat }>([
  { from: 'sha256', over: 'sha256' },
  { from: 'sha1', over: 'sha1' },
  { from: 'sha256', over: 'sha1' },
])(
  'what came over from a $from store by $over is imported as the points that they were',
  async ({ from, over }) => {
    const scene = await createExportScene(from);
    scene.write('.git/config', '[core]\n');
    await scene.take('one', 'two');
    rmSync(join(scene.root, '.git'), { recursive: true });
    scene.write('.gitmodules', 'what is this\n');
    scene.write('x/git~1/y', 'y');
    await scene.take('three');
    await scene.export({ objectFormat: over });
    const other = await createSavedTree(from);
    await importRepository(other.session, scene.target);
    expect(await listPointRefs(other.session)).toEqual(await listPointRefs(scene.session));
  },
);

it('a directory of very many files, and one that is very deep, go over and come back', async () => {
  const scene = await createExportScene('sha256');
  // More than a tree holds in one piece: it is kept in chunks.
  const tail = '-'.repeat(80);
  for (let number = 0; number < 9500; number++)
    scene.write(`many/${number}${tail}`, number % 9 === 0 ? 'x' : '');
  scene.write(`${'d/'.repeat(700)}.git/file`, 'deep\n');
  await scene.take('one');
  await scene.export();
  expect(scene.git.list('one:tree/files/many').size).toBe(9500);
  await exportPoints(scene.session, join(scene.directory, 'other.git'), { objectFormat: 'sha1' });
  expect(bareGit(join(scene.directory, 'other.git')).complaints()).toBe('');
  const other = await createSavedTree('sha256');
  await importRepository(other.session, scene.target);
  expect(await listPointRefs(other.session)).toEqual(await listPointRefs(scene.session));
}, 60_000);
