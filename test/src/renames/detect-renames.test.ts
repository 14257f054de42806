// Renamed and copied files, as git finds them in commits of the same trees.
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diffPoints, type FileChange } from '#src/diff-points.js';
import type { RenameLimit, RenameOptions } from '#src/renames/detect-renames.js';
import { runTool } from '../../fixtures/run-tool.js';
import { collect, createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createRandom, type SeededRandom } from '../../fixtures/seeded-random.js';
import { chooseSeeds } from '../../simulation/choose-seeds.js';

async function renamesOf(
  tree: SavedTree,
  renames: RenameOptions,
  after = 'after',
): Promise<readonly FileChange[]> {
  const changes = await collect(diffPoints(tree.session, { before: 'before', after, renames }));
  return changes.filter(({ oldPath, after }) => oldPath !== undefined && after?.type !== 'directory');
}

/** `R old new`, sorted. */
function describeRenames(changes: readonly FileChange[]): string[] {
  return changes
    .map(({ kind, oldPath, path }) => `${kind === 'renamed' ? 'R' : 'C'} ${oldPath} ${path}`)
    .sort();
}

function git(tree: SavedTree, ...args: string[]): string {
  const place = [`--git-dir=${join(tree.directory, 'repository')}`, `--work-tree=${tree.root}`];
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'core.quotePath=false'];
  return runTool('git', [...place, ...who, ...args], { cwd: tree.root }).toString();
}

/** Makes the tree what `make` says, on either side, as points and as commits. */
async function saveSides(tree: SavedTree, make: (side: 'before' | 'after') => void): Promise<void> {
  git(tree, 'init', '--quiet');
  for (const side of ['before', 'after'] as const) {
    make(side);
    await tree.save(side);
    git(tree, 'add', '--all', '--force');
    git(tree, 'commit', '--quiet', '--allow-empty', '--message', side);
    git(tree, 'tag', side);
  }
}

function gitRenames(tree: SavedTree, ...flags: string[]): string[] {
  const words = git(tree, 'diff', '--name-status', '-z', '-l0', ...flags, 'before', 'after').split('\0');
  const found: string[] = [];
  for (let at = 0; at < words.length - 1; ) {
    const isPair = /^[RC]/.test(words[at]);
    if (isPair) found.push(`${words[at][0]} ${words[at + 1]} ${words[at + 2]}`);
    at += isPair ? 3 : 2;
  }
  return found.sort();
}

function lines(random: SeededRandom, count: number): string[] {
  return Array.from({ length: count }, () => `${random.integer(1e9)} ${random.integer(1e9)}\n`);
}

describe('of', () => {
  const random = createRandom('renames');
  const text = lines(random, 100);
  /** `text` with so many of its lines replaced. */
  const edited = (count: number) => [...lines(random, count), ...text.slice(count)].join('');

  test.each([
    ['a file that only moved', 0, 'R old new'],
    ['a file that was edited a little', 20, 'R old new'],
    ['a file that was edited by less than half', 45, 'R old new'],
    ['a file that was edited by more than half', 60, undefined],
  ])('%s', async (_, count, expected) => {
    const tree = await createSavedTree();
    const content = edited(count);
    await saveSides(tree, (side) => {
      if (side === 'before') return tree.write('old', text.join(''));
      tree.remove('old');
      tree.write('new', content);
    });
    const found = await renamesOf(tree, {});
    expect(describeRenames(found)).toEqual(expected === undefined ? [] : [expected]);
    expect(describeRenames(found)).toEqual(gitRenames(tree, '-M'));
    // The live state is compared by the files themselves.
    expect(describeRenames(await renamesOf(tree, {}, 'live'))).toEqual(describeRenames(found));
    for (const { similarity } of found) {
      const score = /^R(\d+)/.exec(git(tree, 'diff', '--name-status', '-M', 'before', 'after'))?.[1];
      expect(Math.abs((similarity ?? 0) - Number(score))).toBeLessThanOrEqual(2);
    }
  });

  test('copies, of files that changed, of any file, and of none unless asked for', async () => {
    const tree = await createSavedTree();
    const [still, changed] = [lines(random, 50).join(''), lines(random, 50).join('')];
    await saveSides(tree, (side) => {
      if (side === 'before') tree.write('still', still);
      tree.write('changed', side === 'before' ? changed : `${changed}more\n`);
      if (side === 'before') return;
      tree.write('of-still', still);
      tree.write('of-changed', changed);
    });
    expect(describeRenames(await renamesOf(tree, {}))).toEqual([]);
    const changedOnly = ['C changed of-changed'];
    expect(describeRenames(await renamesOf(tree, { copies: 'changed' }))).toEqual(changedOnly);
    expect(gitRenames(tree, '-C')).toEqual(changedOnly);
    const all = ['C changed of-changed', 'C still of-still'];
    expect(describeRenames(await renamesOf(tree, { copies: 'all' }))).toEqual(all);
    expect(gitRenames(tree, '--find-copies-harder')).toEqual(all);
  });

  test('one file in the place of several: the name decides, and each source is used once', async () => {
    const tree = await createSavedTree();
    const same = lines(random, 20).join('');
    await saveSides(tree, (side) => {
      if (side === 'before') for (const name of ['a/one', 'a/two']) tree.write(name, same);
      else {
        tree.remove('a');
        for (const name of ['b/two', 'b/one']) tree.write(name, same);
      }
    });
    const expected = ['R a/one b/one', 'R a/two b/two'];
    expect(describeRenames(await renamesOf(tree, {}))).toEqual(expected);
    expect(gitRenames(tree, '-M')).toEqual(expected);
  });

  test('whole directories, which are told of as such, with all that is in them', async () => {
    const tree = await createSavedTree();
    await saveSides(tree, (side) => {
      if (side === 'before') for (const name of ['x', 'y/z']) tree.write(`old/${name}`, `${name}\n`);
      else renameSync(join(tree.root, 'old'), join(tree.root, 'new'));
    });
    expect(describeRenames(await renamesOf(tree, {}))).toEqual(['R old/x new/x', 'R old/y/z new/y/z']);
    const changes = await collect(
      diffPoints(tree.session, { before: 'before', after: 'after', renames: {} }),
    );
    const directories = changes.filter(
      ({ after, kind }) => kind === 'renamed' && after?.type === 'directory',
    );
    expect(describeRenames(directories)).toEqual(['R old new', 'R old/y new/y']);
    expect(changes.some(({ kind }) => kind === 'removed' || kind === 'added')).toBe(false);
  });

  test('empty files and links to another place there are none', async () => {
    const tree = await createSavedTree();
    await saveSides(tree, (side) => {
      if (side === 'before') {
        tree.write('empty', '');
        symlinkSync('somewhere', join(tree.root, 'link'));
        symlinkSync('here', join(tree.root, 'same'));
        return;
      }
      for (const name of ['empty', 'link', 'same']) tree.remove(name);
      tree.write('hollow', '');
      symlinkSync('elsewhere', join(tree.root, 'other'));
      symlinkSync('here', join(tree.root, 'moved'));
    });
    expect(describeRenames(await renamesOf(tree, {}))).toEqual(['R same moved']);
  });

  test('large files, by their chunks', async () => {
    const tree = await createSavedTree();
    const content = Buffer.from(createRandom('large').bytes(16 << 20));
    writeFileSync(join(tree.root, 'old'), content);
    await tree.save('before');
    tree.remove('old');
    content.fill(1, 5 << 20, (5 << 20) + 1000);
    writeFileSync(join(tree.root, 'new'), content);
    await tree.save('after');
    const found = await renamesOf(tree, {});
    expect(describeRenames(found)).toEqual(['R old new']);
    expect(found[0].similarity).toBeGreaterThan(60);
    expect(found[0].similarity).toBeLessThan(100);
  });
});

test('a limit is told of, and keeps contents from being compared, not ids', async () => {
  const tree = await createSavedTree();
  const random = createRandom('limit');
  const contents = Array.from({ length: 4 }, () => lines(random, 30));
  for (const [number, content] of contents.entries()) tree.write(`old-${number}`, content.join(''));
  await tree.save('before');
  for (const number of contents.keys()) tree.remove(`old-${number}`);
  tree.write('new-0', contents[0].join(''));
  for (const [number, content] of contents.slice(1).entries())
    tree.write(`new-${number + 1}`, ['another line\n', ...content].join(''));
  await tree.save('after');
  const reached: RenameLimit[] = [];
  const limited = await renamesOf(tree, { limit: 2, onLimit: (limit) => reached.push(limit) });
  expect(describeRenames(limited)).toEqual(['R old-0 new-0']);
  expect(reached).toEqual([{ component: 'tree', targets: 3, sources: 3, limit: 2 }]);
  expect(await renamesOf(tree, { limit: 3 })).toHaveLength(4);
  expect(describeRenames(await renamesOf(tree, { similarity: 100 }))).toEqual(['R old-0 new-0']);
});

test.each(chooseSeeds(3))(
  'of random moves and edits, seed %i, the same are found as by git',
  async (seed) => {
    const tree = await createSavedTree();
    const random = createRandom(`renames ${seed}`);
    const files = Array.from({ length: 25 }, () => lines(random, 60));
    await saveSides(tree, (side) => {
      for (const [number, content] of files.entries()) {
        const old = `${number % 5}/${number}`;
        if (side === 'before') tree.write(old, content.join(''));
        else if (random.integer(3) > 0) {
          const kept = random.pick([60, 50, 40, 20, 5]) as number;
          if (random.integer(4) > 0) tree.remove(old);
          mkdirSync(join(tree.root, 'moved'), { recursive: true });
          tree.write(
            `moved/${random.integer(1e6)}`,
            [...content.slice(0, kept), ...lines(random, 60 - kept)].join(''),
          );
        }
      }
    });
    const expected = gitRenames(tree, '-M');
    expect(expected.length).toBeGreaterThan(0);
    expect(describeRenames(await renamesOf(tree, {}))).toEqual(expected);
    expect(describeRenames(await renamesOf(tree, { similarity: 80 }))).toEqual(gitRenames(tree, '-M80%'));
  },
);
