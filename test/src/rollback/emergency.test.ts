// Rollbacks in an emergency: the point that is chosen, and that neither a broken configuration nor a damaged index or
// cache, nor a point whose content is lost, keeps them from it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { pinPoints } from '#src/pins.js';
import type { HealthLevel } from '#src/point-record.js';
import { emergencyRollback } from '#src/rollback/emergency.js';
import { save } from '#src/save.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createWorkspace } from '../cli/command-workspace.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
});

async function point(name: string, health: HealthLevel): Promise<void> {
  tree.write('file', `content of ${name}`);
  await save(tree.session, componentsOfPaths([tree.root]), { name, health });
}

const content = () => readFileSync(join(tree.root, 'file'), 'utf8');

describe('a rollback in an emergency', () => {
  it('goes to the latest point that was healthy or is pinned, not to the latest', async () => {
    await point('well', 'healthy');
    await point('ill', 'unhealthy');
    await emergencyRollback(tree.session);
    expect(content()).toBe('content of well');
    await pinPoints(tree.session, ['ill']);
    await emergencyRollback(tree.session);
    expect(content()).toBe('content of ill');
  });

  it('goes to the latest where none is known to be good', async () => {
    await point('first', 'unknown');
    await point('second', 'unknown');
    tree.write('file', 'broken');
    await emergencyRollback(tree.session);
    expect(content()).toBe('content of second');
    const empty = await createSavedTree();
    await expect(emergencyRollback(empty.session)).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
  });

  it('goes to the next best where what the best one needs is lost', async () => {
    await point('well', 'healthy');
    const before = tree.stored('packs');
    await point('better', 'healthy');
    const data = tree.stored('packs').filter((file) => !before.includes(file));
    for (const file of data) if (readFileSync(file)[11] === 1) rmSync(file);
    tree.write('file', 'broken');
    const { point: reached } = await emergencyRollback(tree.session);
    expect([reached.name, content()]).toEqual(['well', 'content of well']);
  });
});

it('neither configuration nor index nor caches are needed', async () => {
  const { tree: root, store, run, directory } = createWorkspace();
  await run(['save', root, '--name', 'good', '--pin']);
  await run(['save', root, '--name', 'newer']);
  writeFileSync(join(root, 'app.conf'), 'broken');
  writeFileSync(join(directory, 'savepoint.yaml'), 'components: [');
  rmSync(join(store, 'cache'), { recursive: true });
  for (const name of readdirSync(join(store, 'index'))) writeFileSync(join(store, 'index', name), 'damaged');
  const { exitCode, stdout, stderr } = await run(['rollback', '--emergency']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('back to point good');
  expect(readFileSync(join(root, 'app.conf'), 'utf8')).toBe('port = 80\n');
  expect((await run(['undo'])).exitCode).toBe(0);
  expect(readFileSync(join(root, 'app.conf'), 'utf8')).toBe('broken');
  expect(existsSync(join(store, 'journal/begin.json'))).toBe(false);
});
