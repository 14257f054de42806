// `init`, `save` and `list` on the command line.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand, runSavepoint } from '../../fixtures/run-command.js';
import { CLI, createWorkspace } from './command-workspace.js';

test('saving needs no store, makes one, and says where', async () => {
  const { tree, store, run } = createWorkspace();
  const first = await run(['save', tree, '--name', 'first', '-m', 'why\nand more']);
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toBe(`savepoint: made a store in ${store}\n`);
  expect(first.stdout).toMatch(/^Saved point first, id [0-9a-f]{12}: why$/m);
  expect(first.stdout).toMatch(/^ {2}app +\S*\/app +2 +14 B +[0-9a-f]{12}$/m);
  expect(first.stdout).toMatch(/^2 files, 14 B; new [\d.]+ (Ki)?B, stored in [\d.]+ (Ki)?B; [\d.]+ s$/m);
  expect((await run(['save', tree])).stderr).toBe('');
});

test('a path that is not there makes no store', async () => {
  const { directory, store, run } = createWorkspace();
  expect((await run(['save', join(directory, 'nothing')])).exitCode).toBe(3);
  expect(existsSync(store)).toBe(false);
});

test('name, message, tags and patterns reach the point', async () => {
  const { tree, run, json } = createWorkspace();
  writeFileSync(join(tree, 'debug.log'), 'noise');
  const words = ['--name', 'v1', '-m', 'why', '--tag', 'env=prod', '--tag', 'note=a=b'];
  const { point, components } = await json(
    'save',
    tree,
    ...words,
    '--exclude',
    '*.log',
    '--exclude',
    'bin/start',
  );
  expect(point).toMatchObject({
    name: 'v1',
    message: 'why',
    tags: { env: 'prod', note: 'a=b' },
    files: 1,
    complete: true,
  });
  expect(components).toMatchObject([{ name: 'app', origin: tree, files: 1, directories: 2 }]);
  expect((await run(['cat', 'v1', 'app:debug.log'])).exitCode).toBe(3);
});

test('with everything checked, a point is the same', async () => {
  const { tree, json } = createWorkspace();
  const { components } = await json('save', tree);
  const again = await json('save', tree, '--paranoid', '--one-file-system');
  expect(again.components[0].tree).toBe(components[0].tree);
});

test('--quiet says nothing of what was done, and still shows what was asked for', async () => {
  const { tree, run } = createWorkspace();
  const { stdout, stderr, exitCode } = await run(['save', tree, '-q', '--name', 'first']);
  expect([stdout, stderr, exitCode]).toEqual(['', '', 0]);
  expect((await run(['list', '--quiet', '--names'])).stdout).toBe('first\n');
});

/** Runs the program so that permissions bind it even where root runs the tests. */
function runBound(args: readonly string[]) {
  const command = [process.execPath, CLI, ...args];
  if (process.getuid?.() !== 0) return runCommand(command[0], command.slice(1));
  return runCommand('setpriv', ['--bounding-set=-dac_override,-dac_read_search', ...command]);
}

test('files that cannot be read are named, twenty at most, and the point is incomplete', async () => {
  const { tree, store, run, json } = createWorkspace();
  for (let index = 0; index < 23; index++) {
    writeFileSync(join(tree, `secret-${index}`), 'x');
    chmodSync(join(tree, `secret-${index}`), 0);
  }
  const { exitCode, stderr, stdout } = await runBound([
    '--store',
    store,
    'save',
    tree,
    '--name',
    'first',
    '-q',
  ]);
  expect([exitCode, stdout]).toEqual([6, '']);
  expect(stderr).toContain(
    'savepoint: 23 files could not be saved as they are; the point is marked incomplete:\n',
  );
  expect(stderr).toContain(`  ${tree}/secret-0: permission denied\n`);
  expect(stderr.match(/permission denied/g)).toHaveLength(20);
  expect(stderr).toContain('  … and 3 more\n');
  expect((await run(['list'])).stdout).toContain('incomplete: Save app');
  expect((await run(['show', 'first'])).stdout).toMatch(/^Complete +no: 23 problems$/m);
  expect(await json('show', 'first')).toMatchObject({ point: { complete: false }, problemCount: 23 });
});

test('init makes a store of either object format, where it is told to or where others look', async () => {
  const { store, directory, run, json } = createWorkspace();
  const made = await run(['init', '--object-format', 'sha1']);
  expect(made.stdout).toBe(`Made a store in ${store}, with sha1 object ids.\n`);
  expect(JSON.parse(readFileSync(join(store, 'store.json'), 'utf8'))).toMatchObject({ objectFormat: 'sha1' });
  expect((await json('save', join(directory, 'app'))).components[0].tree).toMatch(/^[0-9a-f]{40}$/);

  const nearby = await runSavepoint(['init', '.savepoint', '--json'], { cwd: directory });
  expect(JSON.parse(nearby.stdout)).toEqual({ store: join(directory, '.savepoint'), objectFormat: 'sha256' });
  const listed = await runSavepoint(['list', '--json'], { cwd: join(directory, 'app/bin') });
  expect(JSON.parse(listed.stdout)).toMatchObject({ store: join(directory, '.savepoint'), points: [] });
  expect((await run(['init', 'elsewhere'])).exitCode).toBe(2);
});

test('the store may be named by the environment', async () => {
  const { tree, store, directory } = createWorkspace();
  await runSavepoint(['save', tree, '--name', 'first'], { cwd: directory, env: { SAVEPOINT_STORE: store } });
  expect((await runSavepoint(['--store', store, 'list', '--names'])).stdout).toBe('first\n');
});

test('list shows points in columns, oldest first', async () => {
  const { tree, run, json } = createWorkspace();
  expect((await run(['init'])).exitCode).toBe(0);
  const empty = await run(['list']);
  expect([empty.stdout, empty.stderr]).toEqual([
    '',
    "There are no points yet; 'savepoint save PATH' makes one.\n",
  ]);
  await run(['save', tree, '--name', 'b-first', '-m', 'one\x1b[2J']);
  await run(['save', tree, '--name', 'a-second', '-m', 'two']);
  const lines = (await run(['list'])).stdout.split('\n');
  expect(lines[0]).toMatch(/^POINT +TIME +FILES +SIZE +COMPONENTS +MESSAGE$/);
  expect(lines[1]).toMatch(/^b-first +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +2 +14 B +app +one\\033\[2J$/);
  expect(lines[2]).toMatch(/^a-second /);
  expect((await run(['list', '--names'])).stdout).toBe('b-first\na-second\n');
  expect((await json('list')).points.map(({ name }: { name: string }) => name)).toEqual([
    'b-first',
    'a-second',
  ]);
});
