// What a rollback finds out before it makes anything: that there is too little space, or that something may not be changed.
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ComponentDefinition, componentsOfPaths } from '#src/components.js';
import { journal } from '#src/journal/journal.js';
import { restore } from '#src/restore.js';
import { rollback } from '#src/rollback/rollback.js';
import { save } from '#src/save.js';
import { createSession, type Session } from '#src/session.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSwappedTree, type SwappedTree } from '../../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const MEBIBYTE = 1 << 20;

let tree: SwappedTree;
beforeEach(async () => {
  tree = await createSwappedTree({ swap: false });
});

const read = (name: string) => readFileSync(tree.path(name), 'utf8');

function flag(name: string): () => void {
  runTool('chattr', ['+i', tree.path(name)]);
  let isSet = true;
  const clear = () => {
    if (isSet) runTool('chattr', ['-i', tree.path(name)]);
    isSet = false;
  };
  onTestFinished(clear);
  return clear;
}

async function expectNothingDone(): Promise<void> {
  expect(await journal.read(tree.session.store)).toBeUndefined();
  expect(readdirSync(tree.root).filter((name) => name.startsWith('.savepoint-'))).toEqual([]);
}

describe('what may not be changed', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'folder/c']) tree.write(name, 'as it was');
    await tree.save('point');
    for (const name of ['a', 'b', 'folder/c']) tree.write(name, 'changed');
  });

  it.each([
    ['b', 'b', 'it may not be changed, by root neither; see what lsattr says of it'],
    [
      'folder',
      'folder/c',
      'its directory may not be changed, by root neither; see what lsattr -d says of it',
    ],
    ['folder/c', 'folder/c', 'it may not be changed, by root neither; see what lsattr says of it'],
  ])('is found before anything is done: %s', async (name, path, reason) => {
    const clear = flag(name);
    const inode = tree.inode('a');
    await expect(rollback(tree.session, 'point')).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: `${tree.path(path)} can't be changed: ${reason}. Nothing was changed.`,
      fields: { paths: [tree.path(path)] },
    });
    expect([read('a'), tree.inode('a')]).toEqual(['changed', inode]);
    await expectNothingDone();
    // And it is no rollback that was tried in vain.
    clear();
    expect((await rollback(tree.session, 'point')).outcome).toBe('done');
    expect([read('a'), read('b'), read('folder/c')]).toEqual(['as it was', 'as it was', 'as it was']);
  });

  it('stops nothing that is not concerned', async () => {
    const clear = flag('b');
    truncateSync(tree.path('a'), 0);
    clear();
    tree.write('b', 'as it was');
    await tree.save('other');
    tree.write('a', 'changed again');
    flag('b');
    expect((await rollback(tree.session, 'other')).outcome).toBe('done');
  });

  it('is passed over with its component where that is what the component says', async () => {
    const components = ['one', 'two'].map((name): ComponentDefinition => {
      mkdirSync(tree.path(name));
      tree.write(`${name}/file`, 'as it was');
      const role = { kind: 'files', category: 'filesystem', dependsOn: [], critical: false } as const;
      const [component] = componentsOfPaths([tree.path(name)]);
      return { ...(component as ComponentDefinition), name, role: { ...role, onError: 'continue' } };
    });
    await save(tree.session, components, { name: 'two-components' });
    for (const name of ['one', 'two']) tree.write(`${name}/file`, 'changed');
    flag('one/file');
    const { outcome, problems } = await rollback(tree.session, 'two-components');
    expect(outcome).toBe('incomplete');
    expect(problems).toMatchObject([
      { component: 'one', path: tree.path('one/file'), code: 'PERMISSION_DENIED' },
    ]);
    expect([read('one/file'), read('two/file')]).toEqual(['changed', 'as it was']);
    await expectNothingDone();
    // Where none is left, that is no rollback.
    tree.write('one/file2', 'x');
    await expect(rollback(tree.session, 'two-components', { force: true })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });
});

describe('too little space', () => {
  let session: Session;
  let root: string;
  const before = Buffer.alloc(5 * MEBIBYTE, 'as it was');

  beforeEach(async () => {
    session = await createSession(join(createTemporaryDirectory(), 'store'), 'sha256');
    onTestFinished(() => session.close());
    const mount = createTemporaryDirectory({ tmpfsSizeBytes: 8 * MEBIBYTE });
    root = join(mount, 'root');
    mkdirSync(root);
    writeFileSync(join(root, 'large'), before);
    truncateSync(join(root, 'large'), 5 * MEBIBYTE);
  });

  async function makeFull(): Promise<void> {
    await save(session, componentsOfPaths([root]), { name: 'point' });
    writeFileSync(join(root, 'large'), 'changed');
    writeFileSync(join(root, '../filler'), Buffer.alloc(5 * MEBIBYTE));
  }

  const refusal = {
    code: 'STORAGE_FULL',
    message: expect.stringMatching(/takes 5 MiB beside what is there, and its file system has 3 MiB left/),
    fields: { neededBytes: 5 * MEBIBYTE },
  };

  it('is found before anything is written', async () => {
    await makeFull();
    await expect(rollback(session, 'point')).rejects.toMatchObject(refusal);
    await expect(restore(session, 'point')).rejects.toMatchObject(refusal);
    expect(readFileSync(join(root, 'large'), 'utf8')).toBe('changed');
    expect(readdirSync(root)).toEqual(['large']);
  });

  it('is none where the file is mostly holes', async () => {
    writeFileSync(join(root, 'large'), 'the beginning');
    truncateSync(join(root, 'large'), 5 * MEBIBYTE);
    await makeFull();
    expect((await rollback(session, 'point')).outcome).toBe('done');
    expect(readFileSync(join(root, 'large')).length).toBe(5 * MEBIBYTE);
  });
});
