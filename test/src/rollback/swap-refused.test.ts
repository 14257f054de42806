// Where a component can't be rolled back as a whole: a rollback is refused, with what to do about it, and nothing is
// changed; a way back goes file by file.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { journal } from '#src/journal/journal.js';
import { emergencyRollback } from '#src/rollback/emergency.js';
import { rollback } from '#src/rollback/rollback.js';
import { undo } from '#src/rollback/undo.js';
import { save } from '#src/save.js';
import { createSession, openSession } from '#src/session.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { describeTree } from '../../fixtures/describe-tree.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSwappedTree, type SwappedTree, swappedComponents } from '../../fixtures/swapped-tree.js';

let tree: SwappedTree;
beforeEach(async () => {
  tree = await createSwappedTree({ exclude: ['*.log'] });
  tree.write('file', 'as it was');
  tree.write('folder/inside', 'inside');
});

const read = (name: string) => readFileSync(tree.path(name), 'utf8');

/** Does `obstruct`, which says how to take it back, when the tree has changed since the point. */
async function changeAnd(obstruct: () => () => void): Promise<void> {
  await tree.save('point');
  tree.write('file', 'changed');
  tree.remove('folder');
  onTestFinished(obstruct());
}

async function expectRefusal(reason: RegExp, session = tree.session): Promise<void> {
  const before = describeTree(tree.root);
  const beside = readdirSync(tree.directory);
  await expect(rollback(session, 'point')).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringMatching(
      new RegExp(
        `^tree can't be swapped as a whole: .*${reason.source}.* Take 'swap' out of its configuration, or `,
      ),
    ),
    fields: { component: 'tree' },
  });
  expect(describeTree(tree.root)).toEqual(before);
  expect(readdirSync(tree.directory)).toEqual(beside);
  expect(await journal.isBusy(session.store)).toBe(false);
  expect((await openOperationLog(session.store).read()).at(-1)).toMatchObject({ outcome: 'failed' });
}

const mount = (...args: string[]) => {
  const place = args.at(-1) as string;
  mkdirSync(place, { recursive: true });
  runTool('mount', args);
  return () => void runTool('umount', [place]);
};

const flag = (name: string, letter = 'i') => {
  runTool('chattr', [`+${letter}`, tree.path(name)]);
  return () => void runTool('chattr', [`-${letter}`, tree.path(name)]);
};

describe('a rollback as a whole is refused', () => {
  it('where something is mounted below the root', async () => {
    await changeAnd(() => mount('-t', 'tmpfs', 'savepoint-test', tree.path('a/mount')));
    await expectRefusal(/a\/mount is mounted below it/);
  });

  it('where a directory of the same file system is mounted below the root', async () => {
    tree.write('empty/file', 'mounted');
    await changeAnd(() => mount('--bind', tree.path('empty'), tree.path('bound')));
    await expectRefusal(/bound is mounted below it/);
  });

  it('where the root is a mount point', async () => {
    onTestFinished(mount('-t', 'tmpfs', 'savepoint-test', tree.root));
    tree.write('file', 'as it was');
    tree.write('folder/inside', 'inside');
    await changeAnd(() => () => {});
    await expectRefusal(/is a mount point/);
  });

  it('where the root is on an overlay', async () => {
    const at = (name: string) => join(tree.directory, 'layers', name);
    for (const name of ['upper', 'work', 'merged']) mkdirSync(at(name), { recursive: true });
    tree.write('tree/file', 'as it was');
    const options = `lowerdir=${tree.root},upperdir=${at('upper')},workdir=${at('work')}`;
    onTestFinished(mount('-t', 'overlay', 'savepoint-test', '-o', options, at('merged')));
    tree = { ...tree, root: at('merged/tree'), path: (name) => at(`merged/tree/${name}`) };
    await save(tree.session, swappedComponents([tree.root]), { name: 'point' });
    writeFileSync(tree.path('file'), 'changed');
    await expectRefusal(/is on an overlay/);
    expect(await emergencyRollback(tree.session)).toMatchObject({ outcome: 'done' });
    expect(read('file')).toBe('as it was');
  });

  it('where the store lies inside of the root', async () => {
    const session = await createSession(tree.path('.savepoint'), 'sha256');
    onTestFinished(() => session.close());
    await save(session, swappedComponents([tree.root]), { name: 'point' });
    tree.write('file', 'changed');
    // The safety point changes the store itself.
    await expect(rollback(session, 'point')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('the store lies in it'),
    });
    expect(read('file')).toBe('changed');
    expect(readdirSync(tree.directory).sort()).toEqual(['store', 'tree']);
  });

  it('where the store lies inside of the root, and is reached from elsewhere', async () => {
    const elsewhere = join(tree.directory, 'elsewhere');
    (await createSession(tree.path('.savepoint'), 'sha256')).close();
    onTestFinished(mount('--bind', tree.path('.savepoint'), elsewhere));
    const session = await openSession({ store: elsewhere });
    onTestFinished(() => session.close());
    await save(session, swappedComponents([tree.root]), { name: 'point' });
    tree.write('file', 'changed');
    await expect(rollback(session, 'point')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('the store lies in it'),
    });
    expect(read('file')).toBe('changed');
    expect(readdirSync(tree.directory).sort()).toEqual(['elsewhere', 'store', 'tree']);
  });

  it('where the component is some of the paths in a directory', async () => {
    const [component] = swappedComponents([tree.root]);
    await save(tree.session, [{ ...component, only: ['file'] }], { name: 'point' });
    tree.write('file', 'changed');
    await expectRefusal(/limited to some of the paths/);
  });

  it('where another component is rolled back inside of it', async () => {
    const inner = componentsOfPaths([tree.path('folder')]);
    const outer = swappedComponents([tree.root], { exclude: ['folder'] });
    await save(tree.session, [...outer, ...inner], { name: 'point' });
    tree.write('file', 'changed');
    tree.write('folder/inside', 'changed');
    await expectRefusal(/folder changes files in it, too/);
    await rollback(tree.session, 'point', { components: ['folder'] });
    await rollback(tree.session, 'point', { components: ['tree'] });
    expect([read('file'), read('folder/inside')]).toEqual(['as it was', 'inside']);
  });

  it.each([
    ['file', 'that is replaced'],
    ['kept.log', 'that is kept'],
    ['empty', 'that is a directory'],
  ])('where flags keep %s as it is, %s', async (name) => {
    tree.write('kept.log', 'kept');
    mkdirSync(tree.path('empty'));
    await changeAnd(() => flag(name));
    await expectRefusal(new RegExp(name));
  });

  it('where a directory has flags that a new one would not have', async () => {
    mkdirSync(tree.path('empty'));
    await changeAnd(() => flag('empty', 'd'));
    await expectRefusal(/empty has flags/);
  });

  it('where files that no point knows are in the place of a file', async () => {
    await changeAnd(() => () => {});
    tree.remove('file');
    tree.write('file/not saved.log', 'nobody else has this');
    await expectRefusal(/not saved\.log, which no point knows/);
    expect(read('file/not saved.log')).toBe('nobody else has this');
  });
});

describe('where a component can not be swapped', () => {
  it('an undo of it goes file by file, and so does a rollback in an emergency', async () => {
    await tree.save('point');
    tree.write('file', 'changed');
    expect((await rollback(tree.session, 'point')).outcome).toBe('done');
    const root = tree.inode('');
    onTestFinished(mount('-t', 'tmpfs', 'savepoint-test', tree.path('mounted.log')));
    expect(await undo(tree.session)).toMatchObject({ outcome: 'done', problems: [] });
    expect(read('file')).toBe('changed');
    expect(await emergencyRollback(tree.session)).toMatchObject({ outcome: 'done', problems: [] });
    expect([read('file'), tree.inode('')]).toEqual(['as it was', root]);
    expect(readdirSync(tree.directory).sort()).toEqual(['store', 'tree']);
  });

  it('an undo of it leaves nothing of a tree that was staged in part', async () => {
    tree.write('kept.log', 'kept');
    await tree.save('point');
    tree.write('file', 'changed');
    await rollback(tree.session, 'point');
    onTestFinished(flag('kept.log'));
    expect(await undo(tree.session)).toMatchObject({ outcome: 'done', problems: [] });
    expect(read('file')).toBe('changed');
    expect(readdirSync(tree.directory).sort()).toEqual(['store', 'tree']);
  });

  it('a rollback that fails is taken back file by file', async () => {
    const place = tree.path('mounted.log');
    const validate = [`mount -t tmpfs savepoint-test ${place}; exit 3`];
    mkdirSync(place);
    await save(tree.session, swappedComponents([tree.root], { exclude: ['*.log'], validate }), {
      name: 'point',
    });
    tree.write('file', 'changed');
    onTestFinished(() => void runTool('umount', [place]));
    expect(await rollback(tree.session, 'point')).toMatchObject({ outcome: 'reverted' });
    expect(read('file')).toBe('changed');
    expect(readdirSync(tree.directory).sort()).toEqual(['store', 'tree']);
  });
});
