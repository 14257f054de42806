// Restores elsewhere remove only what the component would have there.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import { runTool } from '../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';

let tree: SavedTree;
let to: string;
beforeEach(async () => {
  tree = await createSavedTree();
  to = join(tree.directory, 'elsewhere');
  mkdirSync(to);
  writeFileSync(join(to, 'mine'), 'nobody asked for this');
  tree.write('notes', 'as it was');
});

describe('a restore elsewhere that may delete', () => {
  it('leaves what stands beside a single file alone', async () => {
    await tree.save('point', [join(tree.root, 'notes')]);
    await restore(tree.session, 'point', { to, delete: true });
    expect(readdirSync(to).sort()).toEqual(['mine', 'notes']);
  });

  it('leaves alone what the point was told to leave out, by name and by path', async () => {
    tree.write('cache/x', 'left out');
    const exclude = ['*.log', join(tree.root, 'cache')];
    await save(tree.session, componentsOfPaths([tree.root], { exclude }), { name: 'point' });
    for (const path of ['app.log', 'cache/y']) {
      mkdirSync(join(to, 'cache'), { recursive: true });
      writeFileSync(join(to, path), 'stays');
    }
    await restore(tree.session, 'point', { to, delete: true });
    expect(readdirSync(to).sort()).toEqual(['app.log', 'cache', 'notes']);
    expect(readdirSync(join(to, 'cache'))).toEqual(['y']);
  });

  it('says what is in the way where the target is a link to nowhere', async () => {
    await tree.save('point');
    runTool('ln', ['-s', 'nowhere', join(tree.directory, 'dangling')]);
    await expect(
      restore(tree.session, 'point', { to: join(tree.directory, 'dangling') }),
    ).rejects.toMatchObject({
      code: 'TARGET_CONFLICT',
    });
  });
});

describe('a restore of several components', () => {
  it('leaves all of them as they are where something is in the way of one', async () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(tree.directory, name));
      writeFileSync(join(tree.directory, name, 'file'), 'as it was');
    }
    await tree.save(
      'point',
      ['one', 'two'].map((name) => join(tree.directory, name)),
    );
    writeFileSync(join(tree.directory, 'one/file'), 'changed');
    rmSync(join(tree.directory, 'two/file'));
    mkdirSync(join(tree.directory, 'two/file'));
    await expect(restore(tree.session, 'point')).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
    expect(readFileSync(join(tree.directory, 'one/file'), 'utf8')).toBe('changed');
  });
});

describe('a component whose root is not UTF-8', () => {
  it('is restored in place', async () => {
    const root = Buffer.from(`${tree.directory}/caf\xe9`, 'latin1');
    mkdirSync(root);
    const file = Buffer.concat([root, Buffer.from('/file')]);
    writeFileSync(file, 'as it was');
    await save(tree.session, componentsOfPaths([`${tree.directory}/caf\udce9`]), { name: 'point' });
    writeFileSync(file, 'changed');
    await restore(tree.session, 'point');
    expect(readFileSync(file, 'utf8')).toBe('as it was');
  });
});
