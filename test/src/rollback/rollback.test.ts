// Rollbacks of live trees: what goes back and what stays, what stops one before anything changes, and what takes one back.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { journal } from '#src/journal/journal.js';
import { rollback } from '#src/rollback/rollback.js';
import { redo, undo } from '#src/rollback/undo.js';
import { openSavepoint } from '#src/savepoint.js';
import { openSession } from '#src/session.js';
import { verify } from '#src/verify.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { describeTree } from '../../fixtures/describe-tree.js';
import { atPhase } from '../../fixtures/rollback-process.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  tree.write('file', 'as it was');
  tree.write('folder/inside', 'inside');
  await tree.save('point');
});

const live = () => describeTree(tree.root);
const path = (name: string) => join(tree.root, name);
const operations = () => openOperationLog(tree.session.store).read();

function change(): void {
  tree.write('file', 'changed');
  tree.write('added', 'added');
  tree.remove('folder');
}

describe('a rollback', () => {
  it('gives everything back, and can be undone and redone any number of times', async () => {
    const before = live();
    change();
    const after = live();
    expect((await rollback(tree.session, 'point')).outcome).toBe('done');
    expect(live()).toEqual(before);
    for (let round = 0; round < 2; round++) {
      expect((await undo(tree.session)).outcome).toBe('done');
      expect(live()).toEqual(after);
      expect((await redo(tree.session)).outcome).toBe('done');
      expect(live()).toEqual(before);
    }
    await expect(redo(tree.session)).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' });
  });

  it('is undone further and further back', async () => {
    change();
    const first = live();
    await rollback(tree.session, 'point');
    tree.write('file', 'changed again');
    const second = live();
    await rollback(tree.session, 'point');
    await undo(tree.session);
    expect(live()).toEqual(second);
    await undo(tree.session);
    expect(live()).toEqual(first);
    await expect(undo(tree.session)).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' });
  });

  it('of one chosen operation goes back to what was before that', async () => {
    change();
    const first = live();
    const { operation } = await rollback(tree.session, 'point');
    tree.write('file', 'changed again');
    await rollback(tree.session, 'point');
    await undo(tree.session, { operation: operation?.slice(0, 8) as string });
    expect(live()).toEqual(first);
    await expect(undo(tree.session, { operation: 'nosuch' })).rejects.toMatchObject({
      code: 'NOTHING_TO_UNDO',
    });
  });

  it('that is only tried says what it would do, and does nothing', async () => {
    change();
    const before = live();
    const { components, operation } = await rollback(tree.session, 'point', { dryRun: true });
    const steps = components[0].steps.map((step) => `${step.do} ${step.path}`);
    expect(steps).toEqual(
      ['attributes ', 'replace file', 'create folder', 'create folder/inside', 'remove added'].sort(
        (left, right) => (left.split(' ')[1] < right.split(' ')[1] ? -1 : 1),
      ),
    );
    expect(operation).toBeUndefined();
    expect(live()).toEqual(before);
    expect(await operations()).toHaveLength(1);
  });

  it('where nothing differs changes nothing', async () => {
    const before = live();
    const { outcome, components } = await rollback(tree.session, 'point');
    expect([outcome, components[0].steps]).toEqual(['done', []]);
    expect(live()).toEqual(before);
    expect(await journal.isBusy(tree.session.store)).toBe(false);
  });

  it('is in the log with what was before and after, and leaves nothing else behind', async () => {
    change();
    const { operation, safety } = await rollback(tree.session, 'point', { command: ['rollback', 'point'] });
    expect(await operations()).toMatchObject([
      { kind: 'save', after: { name: 'point' }, outcome: 'done' },
      { id: operation, kind: 'rollback', before: safety, after: { name: 'point' }, components: ['tree'] },
    ]);
    expect(readdirSync(tree.root)).toEqual(['file', 'folder']);
    expect(await journal.read(tree.session.store)).toBeUndefined();
    expect((await verify(tree.session, { data: true })).problems).toEqual([]);
  });

  it('makes a root that is gone anew', async () => {
    const before = live();
    rmSync(tree.root, { recursive: true });
    await rollback(tree.session, 'point');
    expect(live()).toEqual(before);
  });
});

describe('of several components', () => {
  beforeEach(async () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(tree.directory, name));
      writeFileSync(join(tree.directory, name, 'file'), name);
    }
    await tree.save(
      'both',
      ['one', 'two'].map((name) => join(tree.directory, name)),
    );
    for (const name of ['one', 'two']) writeFileSync(join(tree.directory, name, 'file'), 'changed');
  });
  const contents = () =>
    ['one', 'two'].map((name) => readFileSync(join(tree.directory, name, 'file'), 'utf8'));

  it('only those go back that were named', async () => {
    await rollback(tree.session, 'both', { components: ['two'] });
    expect(contents()).toEqual(['changed', 'two']);
  });

  it('all of a category go back', async () => {
    await rollback(tree.session, 'both', { components: ['filesystem'] });
    expect(contents()).toEqual(['one', 'two']);
  });

  it('one that is not there is named with the nearest', async () => {
    await expect(rollback(tree.session, 'both', { components: ['twoo'] })).rejects.toMatchObject({
      code: 'COMPONENT_NOT_FOUND',
      message: expect.stringContaining('two'),
    });
  });
});

describe('a store inside of what is rolled back', () => {
  it('is neither saved nor removed, however its path is spelt', async () => {
    const home = join(tree.directory, 'real/home');
    mkdirSync(join(home, 'work'), { recursive: true });
    runTool('ln', ['-s', 'real/home', join(tree.directory, 'linked')]);
    writeFileSync(join(home, 'work/file'), 'as it was');
    const linked = join(tree.directory, 'linked/work');
    for (const [store, root] of [
      [join(linked, '.savepoint'), linked],
      [join(linked, '.savepoint'), join(home, 'work')],
      [join(home, 'work/.savepoint'), linked],
    ]) {
      const savepoint = await openSavepoint({ store, create: true });
      const { point } = await savepoint.save([root]);
      expect((await savepoint.showPath(point.name, root)).children?.map(({ name }) => name)).toEqual([
        'file',
      ]);
      writeFileSync(join(home, 'work/file'), 'changed');
      await savepoint.restore(point.name, { delete: true });
      writeFileSync(join(home, 'work/file'), 'changed');
      expect((await savepoint.rollback(point.name)).outcome).toBe('done');
      expect(readFileSync(join(home, 'work/file'), 'utf8')).toBe('as it was');
      expect((await savepoint.verify({ data: true })).problems).toEqual([]);
      await savepoint.close();
      rmSync(join(home, 'work/.savepoint'), { recursive: true });
    }
  });
});

describe('a directory that was moved away and linked', () => {
  it('is a directory again, and what the link led to stays', async () => {
    const before = live();
    const elsewhere = join(tree.directory, 'elsewhere');
    mkdirSync(elsewhere);
    runTool('mount', ['-t', 'tmpfs', 'tmpfs', elsewhere]);
    onTestFinished(() => void runTool('umount', [elsewhere]));
    tree.write('folder/sub/deep', 'deep');
    await tree.save('with-sub');
    const expected = live();
    runTool('cp', ['-a', path('folder'), elsewhere]);
    tree.remove('folder');
    runTool('ln', ['-s', join(elsewhere, 'folder'), path('folder')]);
    const outside = describeTree(elsewhere);
    expect((await rollback(tree.session, 'with-sub')).outcome).toBe('done');
    expect(live()).toEqual(expected);
    expect(describeTree(elsewhere)).toEqual(outside);
    expect(expected).not.toEqual(before);
  });
});

describe('before anything is changed', () => {
  /** The rollback fails, and the tree is as it was. */
  async function expectUnchanged(attempt: () => Promise<unknown>, code: string): Promise<void> {
    const before = live();
    await expect(attempt()).rejects.toMatchObject({ code });
    expect(live()).toEqual(before);
    expect(await journal.isBusy(tree.session.store)).toBe(false);
    expect((await operations()).at(-1)).toMatchObject({ kind: 'rollback', outcome: 'failed' });
  }

  it('a rollback stops where content is missing', async () => {
    const before = tree.stored('packs');
    tree.write('file', 'only in the next point');
    await tree.save('next');
    tree.write('file', 'changed');
    tree.lose('packs', before);
    const session = await openSession({ store: tree.session.location });
    const found = live();
    await expect(rollback(session, 'next')).rejects.toMatchObject({
      code: expect.stringMatching(/MISSING|CORRUPT/),
    });
    expect(live()).toEqual(found);
    await session.close();
  });

  it('a rollback stops where somebody changes a file between plan and decision', async () => {
    change();
    const before = live();
    const meddle = atPhase('staging', () => tree.write('file', 'somebody else was here'));
    await expect(rollback(tree.session, 'point', { onProgress: meddle })).rejects.toMatchObject({
      code: 'STEP_CONFLICT',
      fields: { paths: [path('file')] },
    });
    expect(readFileSync(path('file'), 'utf8')).toBe('somebody else was here');
    expect([...live().keys()]).toEqual([...before.keys()]);
  });

  it('a rollback that is aborted leaves everything as it was', async () => {
    change();
    const controller = new AbortController();
    const options = { signal: controller.signal, onProgress: atPhase('staging', () => controller.abort()) };
    await expectUnchanged(() => rollback(tree.session, 'point', options), 'ABORTED');
  });

  it('a root that was made for a rollback goes when that fails', async () => {
    rmSync(tree.root, { recursive: true });
    const options = { signal: AbortSignal.abort() };
    await expect(rollback(tree.session, 'point', options)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(existsSync(tree.root)).toBe(false);
  });

  it('a rollback stops where a link stands in place of a root', async () => {
    rmSync(tree.root, { recursive: true });
    runTool('ln', ['-s', '/tmp', tree.root]);
    await expect(rollback(tree.session, 'point')).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
  });
});

describe('a rollback that does not reach its target', () => {
  it('is taken back: everything is as before it', async () => {
    tree.write('fixed', 'as it was');
    tree.write('other', 'as it was');
    await tree.save('next');
    tree.write('fixed', 'changed');
    tree.write('other', 'changed');
    tree.remove('folder');
    const before = live();
    // Not even root replaces it, from the moment on when all is decided.
    const fix = atPhase('applying', () => runTool('chattr', ['+i', path('fixed')]));
    try {
      const { outcome, problems, message } = await rollback(tree.session, 'next', { onProgress: fix });
      expect(outcome).toBe('reverted');
      expect(problems).toMatchObject([{ path: path('fixed'), code: 'EPERM' }]);
      expect(message).toMatch(/fixed is not as the point has it: it has another content: .*EPERM/);
      expect((await operations()).at(-1)?.message).toBe(message);
    } finally {
      runTool('chattr', ['-i', path('fixed')]);
    }
    expect(live()).toEqual(before);
    expect((await operations()).at(-1)).toMatchObject({ kind: 'rollback', outcome: 'reverted' });
    expect(await journal.isBusy(tree.session.store)).toBe(false);
    await expect(undo(tree.session)).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' });
  });
});
