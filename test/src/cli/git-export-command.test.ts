// `savepoint git export` as a user runs it.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bareGit } from '../../fixtures/bare-git.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createWorkspace } from './command-workspace.js';

test('says what was written, and writes what is new the next time', async () => {
  const { directory, tree, run, json } = createWorkspace();
  // Enough for the threads to be started.
  writeFileSync(join(tree, 'large'), createRandom(1).bytes(7_000_000));
  await run(['save', tree, '--name', 'first']);
  const made = await run(['git', 'export', 'host.git', '--object-format', 'sha1']);
  expect(made.exitCode).toBe(0);
  expect(made.stdout).toMatch(/^Made \S+\/host\.git: 1 new point, \d+ objects, 6\.\d MiB\n$/);
  const git = bareGit(join(directory, 'host.git'));
  expect(git.complaints()).toBe('');

  await run(['save', tree, '--name', 'second']);
  await run(['forget', 'first']);
  const { stdout } = await run(['git', 'export', 'host.git']);
  expect(stdout).toMatch(
    /^Updated \S+: 1 new point, \d objects, \d+ B\nRemoved 1 tag of points that are gone: first\n$/,
  );
  const again = await json('git', 'export', 'host.git', 'second');
  expect(again).toMatchObject({ created: false, objectFormat: 'sha1', objects: 0, removed: [] });
  expect(again.points).toMatchObject([{ name: 'second', tag: 'second', outcome: 'present' }]);
  expect(git.run('rev-parse', 'second')).toBe(again.points[0].tagId);
});

test('bad input is refused, with what to do', async () => {
  const { directory, tree, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  const refused = async (words: string[]) => {
    const { exitCode, stderr } = await run(['git', 'export', ...words]);
    return [exitCode, stderr];
  };
  expect(await refused([])).toEqual([2, expect.stringContaining('DIR')]);
  expect(await refused(['x', '--object-format', 'md5'])).toEqual([2, expect.stringContaining('sha256')]);
  expect(await refused(['x', 'frist'])).toEqual([3, expect.stringContaining('Did you mean first?')]);
  expect(existsSync(join(directory, 'x'))).toBe(false);
  expect(await refused(['app'])).toEqual([5, expect.stringContaining('name an empty directory')]);
});
