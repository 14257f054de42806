// Plain git clones a store and fetches from it, through git-remote-savepoint.
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { runToEnd, runTool, type ToolEnd } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const HELPER = fileURLToPath(new URL('../../../dist/program/git-remote-savepoint.js', import.meta.url));
const ANYBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

let programs: string;

beforeAll(() => {
  programs = createTemporaryDirectory({ lifetime: 'file' });
  chmodSync(programs, 0o755);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${HELPER}' "$@"\n`;
  writeFileSync(join(programs, 'git-remote-savepoint'), script, { mode: 0o755 });
});

test.each(['sha256', 'sha1'] as const)(
  'a store of %s is cloned, and what is saved later is fetched',
  async (format) => {
    const tree = await savedTree(format);
    const clone = join(tree.directory, 'clone');
    expect(git(tree.directory, 'clone', '--quiet', `savepoint::${tree.session.location}`, clone)).toBe('');
    expect(git(clone, 'rev-parse', '--show-object-format')).toBe(format);
    expect(git(clone, 'log', '--format=%s')).toBe('Save tree\nSave tree');
    expect(git(clone, 'tag')).toBe('first\nsecond');
    expect(git(clone, 'show', 'second:tree/files/a')).toBe('two');
    tree.write('a', 'three\n');
    const { point, components } = await tree.save('third');
    git(clone, 'fetch', '--quiet');
    expect(git(clone, 'rev-parse', 'third', 'third:tree/files').split('\n')).toEqual([
      point.id,
      components[0].tree,
    ]);
    git(clone, 'pull', '--quiet');
    expect(git(clone, 'log', '-1', '--format=%H')).toBe(point.commit);
    git(clone, 'fsck', '--strict');
  },
);

test('a relative address is kept as an absolute one, so that the clone can fetch', async () => {
  const tree = await savedTree('sha256');
  git(tree.directory, 'clone', '--quiet', 'savepoint::store', 'clone');
  const clone = join(tree.directory, 'clone');
  expect(git(clone, 'config', 'remote.origin.url')).toBe(`savepoint::${tree.session.location}`);
  await tree.save('third');
  git(clone, 'fetch', '--quiet');
  expect(git(clone, 'tag')).toContain('third');
  expect(git(tree.directory, 'ls-remote', '--tags', 'savepoint::store')).toContain('refs/tags/third');
});

test('a store whose path has all sorts of characters is cloned, by either form of address', async () => {
  const { session, directory } = await savedTree('sha256');
  await session.close();
  const odd = join(directory, 'it\'s a "store" $HOME;ü%20');
  renameSync(session.location, odd);
  git(directory, 'clone', '--quiet', `savepoint::${odd}`, 'one');
  git(directory, 'clone', '--quiet', `savepoint://${odd}`, 'two');
  for (const clone of ['one', 'two']) expect(git(join(directory, clone), 'tag')).toBe('first\nsecond');
});

test('who may only read the store clones it all the same, and leaves nothing behind', async () => {
  const tree = await savedTree('sha256');
  const home = createTemporaryDirectory();
  const temporary = join(home, 'tmp');
  mkdirSync(temporary);
  for (const path of [home, temporary]) chmodSync(path, 0o777);
  for (const path of [tree.directory, dirname(tree.directory)]) chmodSync(path, 0o755);
  runTool('chmod', ['-R', 'a+rX', tree.session.location]);
  const env = { TMPDIR: temporary, HOME: home };
  const clone = [
    ...ANYBODY,
    'git',
    'clone',
    '--quiet',
    `savepoint::${tree.session.location}`,
    join(home, 'clone'),
  ];
  const end = run(home, clone, env);
  expect(end).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run(join(home, 'clone'), [...ANYBODY, 'git', 'tag'], env).stdout.toString()).toBe('first\nsecond\n');
  expect(existsSync(join(tree.session.location, 'cache/git'))).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
});

test('several clones at once all get everything', async () => {
  const tree = await savedTree('sha256');
  const script = `for n in 1 2 3 4; do git clone --quiet savepoint::store clone$n & done; wait`;
  expect(run(tree.directory, ['sh', '-c', script])).toMatchObject({ exitCode: 0, stderr: '' });
  for (const n of [1, 2, 3, 4]) expect(git(join(tree.directory, `clone${n}`), 'tag')).toBe('first\nsecond');
});

test('a push is refused, and what is no store is not found', async () => {
  const tree = await savedTree('sha256');
  const clone = join(tree.directory, 'clone');
  git(tree.directory, 'clone', '--quiet', 'savepoint::store', clone);
  const push = run(clone, ['git', 'push', 'origin', 'HEAD:refs/heads/mine']);
  expect(push.exitCode).not.toBe(0);
  expect(push.stderr).toContain("Nothing can be pushed into a store: points are made by 'savepoint save'");
  const missing = run(tree.directory, ['git', 'clone', 'savepoint::nowhere', 'none']);
  expect(missing.exitCode).not.toBe(0);
  expect(missing.stderr).toContain(`There is no store in ${join(tree.directory, 'nowhere')}`);
  expect(existsSync(join(tree.directory, 'nowhere'))).toBe(false);
});

async function savedTree(format: 'sha1' | 'sha256'): Promise<SavedTree> {
  const tree = await createSavedTree(format);
  tree.write('a', 'one\n');
  tree.write('.git-like', 'x');
  await tree.save('first');
  tree.write('a', 'two\n');
  await tree.save('second');
  return tree;
}

function run(cwd: string, [program, ...args]: readonly string[], env: NodeJS.ProcessEnv = {}): ToolEnd {
  const path = `${programs}:${process.env['PATH']}`;
  return runToEnd(program, args, { cwd, env: { ...process.env, PATH: path, ...env } });
}

function git(cwd: string, ...args: string[]): string {
  const { exitCode, stdout, stderr } = run(cwd, ['git', ...args]);
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.toString().trimEnd();
}
