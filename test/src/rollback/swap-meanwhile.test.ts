// Others are at work in a component while it is rolled back as a whole: a conflict, what is taken over, what is found after
// the exchange and kept, and a crash right behind it.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { journal } from '#src/journal/journal.js';
import { recover } from '#src/rollback/recover.js';
import { rollback } from '#src/rollback/rollback.js';
import type { RollbackOptions } from '#src/rollback/rollback-options.js';
import type { RollbackPhase } from '#src/rollback/rollback-progress.js';
import { undo } from '#src/rollback/undo.js';
import { save } from '#src/save.js';
import { describeTree } from '../../fixtures/describe-tree.js';
import { runToEnd, runTool } from '../../fixtures/run-tool.js';
import { createSwappedTree, type SwappedTree, swappedComponents } from '../../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

let tree: SwappedTree;
beforeEach(async () => {
  tree = await createSwappedTree({ exclude: ['*.log'] });
  for (const name of ['file', 'other', 'same', 'folder/inside']) tree.write(name, 'as it was');
  tree.write('kept.log', 'kept');
  await tree.save('point');
  for (const name of ['file', 'other']) tree.write(name, 'changed');
});

const read = (name: string) => readFileSync(tree.path(name), 'utf8');
const beside = () => readdirSync(tree.directory).sort();

/** Does `meddle` between the decision and the exchange. */
function meddleAfterDecision(meddle: () => void): void {
  const { decide } = journal;
  vi.spyOn(journal, 'decide').mockImplementationOnce(async (...args) => {
    await decide(...args);
    meddle();
  });
  onTestFinished(() => void vi.restoreAllMocks());
}

/** When all is staged, unless another phase is named. */
function beforeLastLook(
  meddle: () => void,
  when: RollbackPhase = 'deciding',
): Pick<RollbackOptions, 'onProgress'> {
  let isOver = false;
  return {
    onProgress: ({ phase }) => {
      if (isOver || phase !== when) return;
      isOver = true;
      meddle();
    },
  };
}

describe('what others change before the last look', () => {
  it('is a conflict where something is done', async () => {
    const meddle = () => tree.write('file', 'somebody else was here');
    const root = tree.inode('');
    await expect(rollback(tree.session, 'point', beforeLastLook(meddle))).rejects.toMatchObject({
      code: 'STEP_CONFLICT',
      fields: { paths: [tree.path('file')] },
    });
    expect([read('file'), read('other'), tree.inode('')]).toEqual([
      'somebody else was here',
      'changed',
      root,
    ]);
    expect(beside()).toEqual(['store', 'tree']);
  });

  it('is a conflict where it takes away what something is made in', async () => {
    tree.remove('folder/inside');
    const meddle = () => rmSync(tree.path('folder'), { recursive: true, force: true });
    await expect(rollback(tree.session, 'point', beforeLastLook(meddle, 'staging'))).rejects.toMatchObject({
      code: 'STEP_CONFLICT',
      fields: { paths: [tree.path('folder/inside')] },
    });
    expect([read('file'), beside()]).toEqual(['changed', ['store', 'tree']]);
  });

  it('is taken over where nothing is done', async () => {
    const zone = join(tree.directory, 'zone');
    mkdirSync(zone);
    writeFileSync(join(zone, 'file'), 'as it was');
    for (const name of ['gone.log', 'other.log', 'to-directory.log', 'folder/deep.log/x'])
      tree.write(name, name);
    const components = swappedComponents([tree.root, zone], { exclude: ['*.log'] });
    for (const name of ['file', 'other']) tree.write(name, 'as it was');
    await save(tree.session, components, { name: 'both' });
    tree.write('file', 'changed');
    writeFileSync(join(zone, 'file'), 'changed');
    const meddle = `rm -r gone.log to-directory.log folder/deep.log; echo new > new.log; mkdir to-directory.log
      echo x > to-directory.log/x; echo other > new; mv new other.log; chmod 700 folder; touch -d 2001-01-01 folder`;
    let expected = describeTree(tree.root);
    const disturb = () => {
      runTool('bash', ['-euc', meddle], { cwd: tree.root });
      expected = describeTree(tree.root);
    };
    expect(await rollback(tree.session, 'both', beforeLastLook(disturb))).toMatchObject({
      outcome: 'done',
      displaced: [],
    });
    const found = describeTree(tree.root);
    expect([found.get('file')?.content, expected.get('file')?.content]).toEqual([
      describeTree(zone).get('file')?.content,
      expect.not.stringMatching(found.get('file')?.content as string),
    ]);
    const without = (all: typeof found) => new Map([...all].filter(([path]) => path !== 'file'));
    expect(without(found)).toEqual(without(expected));
  });
});

describe('what others change between the last look and the exchange', () => {
  it('is found afterwards, reported and kept, and everything else is done', async () => {
    mkdirSync(tree.path('empty.log'));
    meddleAfterDecision(() => {
      tree.write('came', 'somebody else was here');
      tree.write('folder/came.log', 'here too');
      mkdirSync(tree.path('directory'));
      // Its number may be that of a directory that has just gone, or of a file.
      rmdirSync(tree.path('empty.log'));
      tree.write('folder/reuses', 'the number of a directory');
      tree.write('file', 'changed once more');
      tree.write('same.new', 'another file');
      renameSync(tree.path('same.new'), tree.path('same'));
      tree.write('kept.log', 'written to: both trees have it');
    });
    const { outcome, displaced, problems } = await rollback(tree.session, 'point');
    expect([outcome, problems]).toEqual(['incomplete', []]);
    const kept = new Map(displaced.map(({ path, keptAs }) => [path.slice(tree.root.length + 1), keptAs]));
    expect([...kept.keys()].sort()).toEqual([
      'came',
      'directory',
      'file',
      'folder/came.log',
      'folder/reuses',
      'same',
    ]);
    expect(readFileSync(kept.get('came') as string, 'utf8')).toBe('somebody else was here');
    expect(readFileSync(kept.get('folder/came.log') as string, 'utf8')).toBe('here too');
    expect(readFileSync(kept.get('file') as string, 'utf8')).toBe('changed once more');
    expect(readFileSync(kept.get('same') as string, 'utf8')).toBe('another file');
    expect(['file', 'other', 'same', 'kept.log'].map(read)).toEqual([
      ...['as it was', 'as it was', 'as it was', 'written to: both trees have it'],
    ]);
    expect(await journal.isBusy(tree.session.store)).toBe(false);
  });

  it('stays reported where the rollback then goes back', async () => {
    const refused = await createSwappedTree({ validate: ['exit 3'] });
    tree = refused;
    tree.write('file', 'as it was');
    await tree.save('point');
    tree.write('file', 'changed');
    meddleAfterDecision(() => tree.write('came', 'somebody else was here'));
    const { outcome, displaced } = await rollback(tree.session, 'point');
    expect([outcome, displaced.map(({ path }) => path)]).toEqual(['reverted', [tree.path('came')]]);
    expect(readFileSync(displaced[0].keptAs, 'utf8')).toBe('somebody else was here');
    expect(read('file')).toBe('changed');
  });

  it('is a reason to go back where it is in the staged tree', async () => {
    meddleAfterDecision(() => {
      const [staging] = beside().filter((name) => name.startsWith('.savepoint-change-'));
      writeFileSync(join(tree.directory, staging, 'tree/file'), 'neither of both');
    });
    const { outcome, problems } = await rollback(tree.session, 'point');
    expect(outcome).toBe('reverted');
    expect(problems).toMatchObject([{ path: tree.path('file'), code: 'NOT_AS_SAVED' }]);
    expect([read('file'), read('other')]).toEqual(['changed', 'changed']);
  });

  it('is a reason to go back where it is another root', async () => {
    const elsewhere = join(tree.directory, 'elsewhere');
    meddleAfterDecision(() => {
      renameSync(tree.root, elsewhere);
      runTool('cp', ['-a', elsewhere, tree.root]);
    });
    const { outcome, message } = await rollback(tree.session, 'point');
    expect([outcome, message]).toEqual([
      'reverted',
      expect.stringContaining('was replaced by somebody else'),
    ]);
    expect([read('file'), existsSync(elsewhere)]).toEqual(['changed', true]);
  });

  it('is a reason to go back where something is mounted below, which stays mounted', async () => {
    mkdirSync(tree.path('mounted.log'));
    meddleAfterDecision(
      () => void runTool('mount', ['-t', 'tmpfs', 'savepoint-test', tree.path('mounted.log')]),
    );
    onTestFinished(() => void runTool('umount', [tree.path('mounted.log')]));
    const { outcome, message } = await rollback(tree.session, 'point');
    expect([outcome, message]).toEqual(['reverted', expect.stringContaining('is mounted below it')]);
    expect(read('file')).toBe('changed');
  });
});

describe('a crash behind the exchange', () => {
  const SCRIPT = fileURLToPath(new URL('../../simulation/roll-back.mjs', import.meta.url));

  /** The validator kills the process that runs it, once. */
  async function crash(): Promise<{ root: number; trash: string }> {
    const crashed = join(await makeCrashing(), 'crashed');
    const { signal } = runToEnd(process.execPath, [SCRIPT, 'rollback', tree.session.location, 'point']);
    expect([signal, existsSync(crashed)]).toEqual(['SIGKILL', true]);
    const [trash] = beside().filter((name) => name.startsWith('.savepoint-change-'));
    return { root: tree.inode(''), trash: join(tree.directory, trash, 'tree') };
  }

  async function makeCrashing(): Promise<string> {
    const place = createTemporaryDirectory();
    const flag = join(place, 'crashed');
    tree = await createSwappedTree({ validate: [`test -e ${flag} || { touch ${flag}; kill -9 $PPID; }`] });
    for (const name of ['file', 'same']) tree.write(name, 'as it was');
    await tree.save('point');
    tree.write('file', 'changed');
    return place;
  }

  it('is finished by recover: the new tree stays, and the old one goes', async () => {
    const { root, trash } = await crash();
    expect([read('file'), readFileSync(join(trash, 'file'), 'utf8')]).toEqual(['as it was', 'changed']);
    expect(await recover(tree.session)).toMatchObject({ did: 'finished', carried: { outcome: 'done' } });
    expect([read('file'), tree.inode('')]).toEqual(['as it was', root]);
    expect(beside()).toEqual(['store', 'tree']);
    expect((await undo(tree.session)).outcome).toBe('done');
    expect(read('file')).toBe('changed');
  });

  it('leaves to recover to find what others have put into the old tree', async () => {
    const { trash } = await crash();
    writeFileSync(join(trash, 'came'), 'by a process that works there');
    // What goes on in the new tree is no reason to keep the old one.
    rmSync(tree.path('same'));
    const { carried } = await recover(tree.session);
    expect(carried?.displaced).toEqual([{ path: tree.path('came'), keptAs: join(trash, 'came') }]);
    expect(readFileSync(join(trash, 'came'), 'utf8')).toBe('by a process that works there');
    expect(describeTree(tree.root).has('came')).toBe(false);
  });
});
