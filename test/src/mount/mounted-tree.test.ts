// What a mounted point shows, against the tree that was saved, as programs see both.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareTrees, expectSameTree } from '../../fixtures/compare-trees.js';
import { makeTree } from '../../fixtures/made-tree.js';
import { mountInBackground } from '../../fixtures/mounted-point.js';
import { runSavepoint } from '../../fixtures/run-command.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

/** What rsync finds between two trees, by every attribute that it knows and by all contents. */
function differences(from: string, to: string): string {
  const words = ['-aHAXnc', '--itemize-changes', '--delete', '--modify-window=-1', `${from}/`, `${to}/`];
  return runTool('rsync', words).toString('latin1');
}

/** What find says of each file of a tree; of directories all but their sizes, which are no matter of a point. */
function statuses(tree: string): string {
  const format = (words: string) => ['-printf', `%P %y %m %n %U %G %T@ ${words}\\0`];
  const words = ['(', '-type', 'd', ...format(''), ')', '-o', '(', ...format('%s %l'), ')'];
  return runTool('find', [tree, ...words])
    .toString('latin1')
    .split('\0')
    .sort()
    .join('\n');
}

test('a tree with everything that files can have is the same in its mount', async () => {
  const directory = createTemporaryDirectory({ inMemory: true });
  const [tree, store] = [join(directory, 'tree'), join(directory, 'store')];
  makeTree(tree, { seed: 6, manyFiles: 2000, largeFileBytes: 2 << 20, hugeSparseBytes: 300 << 20 });
  const saved = await runSavepoint(['--store', store, 'save', tree, '--name', 'all']);
  expect([saved.exitCode, saved.stderr]).toEqual([0, expect.any(String)]);
  const words = ['all', '--component', 'tree'];
  const { directory: mounted } = await mountInBackground(store, join(directory, 'mounted'), ...words);
  expect(differences(tree, mounted)).toBe('');
  expect(differences(mounted, tree)).toBe('');
  expectSameTree(tree, mounted);
  expect(statuses(mounted) === statuses(tree), 'the same status of each file').toBe(true);
  // And again, out of what the kernel keeps.
  expectSameTree(tree, mounted);
  expect(compareTrees(mounted, tree)).toEqual([]);
});
