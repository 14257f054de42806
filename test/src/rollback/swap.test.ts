// A component that is rolled back as a whole: what both trees share, what is written anew, and that nothing gets lost.
import {
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeNode } from '#adapters/node/posix-entry.js';
import { componentsOfPaths } from '#src/components.js';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { journal } from '#src/journal/journal.js';
import { rollback } from '#src/rollback/rollback.js';
import { redo, undo } from '#src/rollback/undo.js';
import { save } from '#src/save.js';
import { describeTree } from '../../fixtures/describe-tree.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSwappedTree, type SwappedTree, swappedComponents } from '../../fixtures/swapped-tree.js';

let tree: SwappedTree;
beforeEach(async () => {
  tree = await createSwappedTree({ exclude: ['*.log', 'cache'] });
  tree.write('file', 'as it was');
  tree.write('same', 'the same');
  tree.write('folder/inside', 'inside');
});

const live = () => describeTree(tree.root);
const read = (name: string) => readFileSync(tree.path(name), 'utf8');

describe('a rollback as a whole', () => {
  it('leads to the point and, undone and redone, back, each time by another root', async () => {
    await tree.save('point');
    const before = live();
    tree.write('file', 'changed');
    tree.write('added/below', 'added');
    tree.remove('folder');
    const after = live();
    // The number of one that was taken away may be given again.
    let root = tree.inode('');
    const go = async (way: Promise<{ outcome: string }>, state: typeof before) => {
      expect((await way).outcome).toBe('done');
      expect(live()).toEqual(state);
      expect(tree.inode('')).not.toBe(root);
      root = tree.inode('');
    };
    await go(rollback(tree.session, 'point'), before);
    await go(undo(tree.session), after);
    await go(redo(tree.session), before);
    await go(undo(tree.session), after);
  });

  it('leaves nothing beside the root, and the directory that it stands in the time that it had', async () => {
    await tree.save('point');
    tree.write('file', 'changed');
    utimesSync(tree.directory, 1e9, 1e9);
    await rollback(tree.session, 'point');
    expect(readdirSync(tree.directory).sort()).toEqual(['store', 'tree']);
    expect(statSync(tree.directory).mtimeMs).toBe(1e12);
    expect(await journal.isBusy(tree.session.store)).toBe(false);
  });

  it('shares the files that are unchanged, of every kind, and writes the others anew', async () => {
    runTool('bash', ['-euc', 'mkfifo pipe; ln -s same link; mknod null c 1 3; touch attributed'], {
      cwd: tree.root,
    });
    await tree.save('point');
    makeNode(tree.path('folder/socket'), constants.S_IFSOCK | 0o600);
    tree.write('file', 'changed');
    runTool('chmod', ['600', tree.path('attributed')]);
    const shared = ['same', 'folder/inside', 'pipe', 'link', 'null', 'folder/socket'];
    const before = shared.map(tree.inode);
    const others = ['file', 'attributed', 'folder', ''].map(tree.inode);
    expect((await rollback(tree.session, 'point')).outcome).toBe('done');
    expect(shared.map(tree.inode)).toEqual(before);
    for (const name of ['file', 'attributed', 'folder', '']) expect(others).not.toContain(tree.inode(name));
    expect(statSync(tree.path('attributed')).mode & 0o777).toBe(0o644);
  });

  it('keeps what the component leaves out, and directories for the sake of that', async () => {
    await tree.save('point');
    tree.write('file', 'changed');
    const kept = ['app.log', 'cache/deep/file', 'new/below/app.log', 'new/cache/file'];
    for (const name of kept) tree.write(name, name);
    tree.write('new/below/goes', 'goes');
    mkdirSync(tree.path('new/empty'));
    utimesSync(tree.path('new/cache'), 1e9, 1e9);
    const inodes = kept.map(tree.inode);
    expect((await rollback(tree.session, 'point')).outcome).toBe('done');
    expect(kept.map(tree.inode)).toEqual(inodes);
    expect(readdirSync(tree.path('new')).sort()).toEqual(['below', 'cache']);
    expect(readdirSync(tree.path('new/below'))).toEqual(['app.log']);
    expect(statSync(tree.path('new/cache')).mtimeMs).toBe(1e12);
  });

  it('keeps groups of hard links, those that lead out of the component too', async () => {
    linkSync(tree.path('same'), tree.path('folder/linked'));
    linkSync(tree.path('file'), tree.path('folder/other'));
    linkSync(tree.path('same'), tree.path('same.log'));
    linkSync(tree.path('same'), join(tree.directory, 'outside'));
    await tree.save('point');
    const before = live();
    tree.remove('folder/other');
    tree.write('folder/other', 'stands alone');
    tree.write('folder/inside', 'changed');
    await rollback(tree.session, 'point');
    expect(live()).toEqual(before);
    const { ino } = statSync(join(tree.directory, 'outside'));
    expect(['same', 'folder/linked', 'same.log'].map(tree.inode)).toEqual([ino, ino, ino]);
    expect(tree.inode('folder/other')).toBe(tree.inode('file'));
  });

  it('gives other names of a file that it re-attributes nothing: they have a file of their own by then', async () => {
    linkSync(tree.path('same'), tree.path('same.log'));
    await tree.save('point');
    runTool('chmod', ['600', tree.path('same')]);
    await rollback(tree.session, 'point');
    expect(['same', 'same.log'].map((name) => statSync(tree.path(name)).mode & 0o777)).toEqual([
      0o644, 0o600,
    ]);
    expect(read('same')).toBe('the same');
  });

  it('gives directories, changed and unchanged ones, exactly what they had', async () => {
    const script = `mkdir -m 2751 kept gone; touch kept/file; setfattr -n user.a -v 1 kept; setfacl -d -m u:7:rwx kept
      setfacl -m u:7:rwx kept; chown 7:8 kept; touch -d '2001-01-01 00:00:00.123456789' kept gone folder .`;
    runTool('bash', ['-euc', script], { cwd: tree.root });
    await tree.save('point');
    const before = live();
    tree.write('kept/file', 'changed');
    tree.write('folder/added', 'added');
    tree.remove('gone');
    await rollback(tree.session, 'point');
    expect(live()).toEqual(before);
    expect(before.get('kept')?.mtimeNs).toMatch(/123456789$/);
  });

  it('turns files into directories, and back', async () => {
    tree.write('to-file/deep/file', 'a directory');
    tree.write('to-directory', 'a file');
    await tree.save('point');
    const before = live();
    for (const name of ['to-file', 'to-directory']) tree.remove(name);
    tree.write('to-file', 'a file');
    tree.write('to-directory/deep/file', 'a directory');
    const after = live();
    await rollback(tree.session, 'point');
    expect(live()).toEqual(before);
    await undo(tree.session);
    expect(live()).toEqual(after);
  });
});

describe('a component with swap', () => {
  it('in which nothing differs is left alone', async () => {
    await tree.save('point');
    const root = tree.inode('');
    expect((await rollback(tree.session, 'point')).outcome).toBe('done');
    expect(tree.inode('')).toBe(root);
  });

  it('whose root is gone is made anew, file by file', async () => {
    await tree.save('point');
    const before = live();
    rmSync(tree.root, { recursive: true });
    const plan = vi.spyOn(journal, 'plan');
    onTestFinished(() => void plan.mockRestore());
    expect((await rollback(tree.session, 'point')).outcome).toBe('done');
    expect(live()).toEqual(before);
    expect(plan.mock.calls[0][1].components[0]).not.toHaveProperty('swap');
  });

  it.each([true, false])('is what the configuration says now (%j), in an undo too', async (swap) => {
    const recorded = await createSwappedTree({ swap: !swap });
    recorded.write('file', 'as it was');
    await recorded.save('point');
    const text = `components: { tree: { kind: files, paths: [${recorded.root}], swap: ${swap} } }`;
    const configuration = parseConfiguration(text, 'savepoint.yaml');
    recorded.write('file', 'changed');
    for (const go of [
      () => rollback(recorded.session, 'point', { configuration }),
      () => undo(recorded.session, { configuration }),
      () => redo(recorded.session, { configuration }),
    ]) {
      const root = recorded.inode('');
      expect((await go()).outcome).toBe('done');
      expect(recorded.inode('') !== root).toBe(swap);
    }
  });

  it('that a validator refuses goes back as a whole, too', async () => {
    const refused = await createSwappedTree({ validate: ['exit 3'] });
    refused.write('file', 'as it was');
    refused.write('same', 'the same');
    await refused.save('point');
    refused.write('file', 'changed');
    const before = describeTree(refused.root);
    const [root, same] = ['', 'same'].map(refused.inode);
    utimesSync(refused.directory, 1e9, 1e9);
    expect(await rollback(refused.session, 'point')).toMatchObject({ outcome: 'reverted' });
    expect(describeTree(refused.root)).toEqual(before);
    expect([refused.inode('') === root, refused.inode('same')]).toEqual([false, same]);
    expect(readdirSync(refused.directory).sort()).toEqual(['store', 'tree']);
    expect(statSync(refused.directory).mtimeMs).toBe(1e12);
  });

  it('below a directory that goes back file by file leaves that its time', async () => {
    tree.write('folder/app/file', 'as it was');
    utimesSync(tree.path('folder'), 1e9, 1e9);
    const outer = componentsOfPaths([tree.root], { exclude: ['app'] });
    await save(tree.session, [...outer, ...swappedComponents([tree.path('folder/app')])], { name: 'both' });
    const before = live();
    tree.write('folder/app/file', 'changed');
    tree.write('folder/inside', 'changed');
    utimesSync(tree.path('folder'), 2e9, 2e9);
    expect((await rollback(tree.session, 'both')).outcome).toBe('done');
    expect(live()).toEqual(before);
    expect(lstatSync(tree.path('folder')).mtimeMs).toBe(1e12);
  });
});
