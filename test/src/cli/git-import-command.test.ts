// `savepoint git import` as a user runs it.
import { expect, test } from 'vitest';
import { makeRepository } from '../../fixtures/made-repository.js';
import { createWorkspace } from './command-workspace.js';

const TIME = '2024-05-01T10:00:00Z';

test('points of tags are told one by one, and what is left out; those there are, by number', async () => {
  const { run } = createWorkspace();
  const made = makeRepository();
  made.commit({ a: 'x' }, TIME);
  made.tag('v1', TIME);
  made.git('update-index', '--add', '--cacheinfo', `160000,${made.git('rev-parse', 'v1^{commit}')},module`);
  made.git('tag', 'v2', made.git('commit-tree', '-m', 'with a submodule', made.git('write-tree')));
  made.git('tag', 'file', made.git('rev-parse', 'v1:a'));
  await run(['init']);
  const first = await run(['git', 'import', made.directory, '--prefix', 'app-']);
  expect(first.exitCode).toBe(0);
  expect(first.stdout).toMatch(
    /^Added point app-v2, id [0-9a-f]{12}, of the tag v2\nAdded point app-v1, .*\nNew \d+ objects, stored in .*\n$/,
  );
  expect(first.stderr).toBe(
    'savepoint: the tag file is a single file: left out\nsavepoint: module is a submodule, whose files are not in this repository: left out\n',
  );
  const again = await run(['git', 'import', made.directory, '--prefix', 'app-']);
  expect(again.stdout).toBe('Has already, and keeps, 2 points\n');
});

test('what is no repository is not found, and a name that is taken is a conflict', async () => {
  const { run, tree } = createWorkspace();
  const made = makeRepository();
  made.commit({ a: 'x' }, TIME);
  made.tag('v1', TIME);
  await run(['save', tree, '--name', 'v1']);
  const missing = await run(['git', 'import', tree]);
  expect(missing).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('is no git repository') });
  const taken = await run(['git', 'import', made.directory]);
  expect(taken).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('--prefix') });
});
