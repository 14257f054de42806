// `diff` and `status` on the command line.
import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../fixtures/run-command.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { CLI, createWorkspace, type Workspace } from './command-workspace.js';

let workspace: Workspace;

/** Between `first` and `second`, which is also the live state: one file of each kind of change. */
beforeAll(async () => {
  workspace = createWorkspace({ lifetime: 'file' });
  const { tree, run } = workspace;
  mkdirSync(join(tree, 'quiet'));
  writeFileSync(join(tree, 'old'), 'gone');
  writeFileSync(join(tree, 'touched'), 'same');
  writeFileSync(join(tree, 'raw'), Buffer.from([0xff, 0x0a]));
  await run(['save', tree, '--name', 'first']);
  writeFileSync(join(tree, 'app.conf'), 'port = 8080\n');
  chmodSync(join(tree, 'bin/start'), 0o700);
  rmSync(join(tree, 'old'));
  mkdirSync(join(tree, 'lib'));
  writeFileSync(join(tree, 'lib/new'), 'new\n');
  writeFileSync(join(tree, 'raw'), Buffer.from([0xfe, 0x0a]));
  for (const name of ['touched', 'quiet']) utimesSync(join(tree, name), 1, 1);
  await run(['save', tree, '--name', 'second']);
});

test('by default each change is a letter, a path and what differs', async () => {
  const { tree, run } = workspace;
  const { stdout, exitCode } = await run(['diff', 'first', 'second']);
  expect(exitCode).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/\(modified .*\)/, '(modified …)'))).toEqual([
    `M  ${tree}/app.conf  (10 B→12 B)`,
    `m  ${tree}/bin/start  (mode 0755→0700)`,
    `A  ${tree}/lib/`,
    `A  ${tree}/lib/new`,
    `D  ${tree}/old`,
    `m  ${tree}/quiet/  (modified …)`,
    `M  ${tree}/raw`,
    `m  ${tree}/touched  (modified …)`,
  ]);
});

test('--name-status prints letters and paths', async () => {
  const { tree, run } = workspace;
  const { stdout } = await run(['diff', 'first', 'second', 'app:lib', join(tree, 'old'), '--name-status']);
  expect(stdout).toBe(`A\t${tree}/lib/\nA\t${tree}/lib/new\nD\t${tree}/old\n`);
});

test('--stat counts the files whose content changed in the first number of its last line', async () => {
  const { tree, run, json } = workspace;
  const { stdout } = await run(['diff', 'first', 'second', '--stat']);
  expect(stdout.split('\n')).toEqual([
    ` ${tree}/app.conf | 10 B → 12 B`,
    ` ${tree}/lib/new  | added, 4 B`,
    ` ${tree}/old      | removed, 4 B`,
    ` ${tree}/raw      | 2 B`,
    ' 4 files changed, 2 modified, 1 added, 1 removed, 2 with other attributes only, 1 directory, +2 B',
    '',
  ]);
  expect(await json('diff', 'first', 'second', '--stat')).toMatchObject({
    files: 4,
    attributes: 2,
    directories: 1,
  });
  const none = await run(['diff', 'second', 'live', '--stat']);
  expect(none.stdout).toBe(' 0 files changed\n');
});

test('--patch is what git and patch take, byte for byte', async () => {
  const { tree, directory, run } = workspace;
  const { stdoutBytes } = await run(['diff', 'first', 'second', '--patch']);
  const copy = createTemporaryDirectory();
  await run(['restore', 'first', '--to', join(copy, tree)]);
  writeFileSync(join(directory, 'patch'), stdoutBytes);
  const applied = await runCommand('git', ['apply', '--unsafe-paths', join(directory, 'patch')], {
    cwd: copy,
  });
  expect([applied.stderr, applied.exitCode]).toEqual(['', 0]);
  const compared = await runCommand('diff', ['-r', tree, join(copy, tree)]);
  expect([compared.stdout, compared.exitCode]).toEqual(['', 0]);
});

test('a file that is not text is named in a patch', async () => {
  const { tree, run } = createWorkspace();
  writeFileSync(join(tree, 'data'), Buffer.alloc(10));
  await run(['save', tree, '--name', 'first']);
  writeFileSync(join(tree, 'data'), Buffer.alloc(11));
  const { stdout } = await run(['diff', 'first', '--patch']);
  expect(stdout.split('\n').slice(-3)).toEqual([
    `Binary files a${tree}/data and b${tree}/data differ`,
    '# 10 B → 11 B',
    '',
  ]);
});

test('--exit-code answers 1 where there are differences, and 0 where there are none', async () => {
  const { run } = workspace;
  expect((await run(['diff', 'first', 'second', '--exit-code'])).exitCode).toBe(1);
  expect((await run(['diff', 'second', '--exit-code'])).exitCode).toBe(0);
  expect((await run(['diff', 'first', '--exit-code', '--json'])).exitCode).toBe(1);
});

test('without B a point is compared with the live state, also where only paths follow', async () => {
  const { tree, run } = workspace;
  expect((await run(['diff', 'first', '--name-status'])).stdout.split('\n')).toHaveLength(9);
  expect((await run(['diff', 'first', 'app:old', '--name-status'])).stdout).toBe(`D\t${tree}/old\n`);
  expect((await run(['diff', 'first', './app/old', '--name-status'])).stdout).toBe(`D\t${tree}/old\n`);
  expect((await run(['diff', 'live', 'first', 'app:old', '--name-status'])).stdout).toBe(`A\t${tree}/old\n`);
});

test('the JSON lines hold every change, with both states and what differs', async () => {
  const { records } = workspace;
  const changes = await records('diff', 'first', 'second');
  const byPath = new Map(changes.map((change) => [change.path, change]));
  expect(byPath.get('')).toMatchObject({ kind: 'attributes', differs: ['modified'] });
  expect(byPath.get('bin/start')).toMatchObject({
    differs: ['mode'],
    before: { mode: 0o755 },
    after: { mode: 0o700 },
  });
  expect(byPath.get('old')).not.toHaveProperty('after');
  const [patched] = await records('diff', 'first', 'second', 'app:app.conf', '--patch');
  expect(patched.patch).toContain('\n-port = 80\n+port = 8080\n');
});

test('status compares the live state with the latest point', async () => {
  const { tree, run, json } = createWorkspace();
  await run(['save', tree, '--name', 'first', '-m', 'why']);
  expect((await run(['status'])).stdout).toMatch(
    /^Since point first of \S+ \S+: why\nNothing has changed\.\n$/,
  );
  expect(await json('status')).toMatchObject({ clean: true, changes: [] });
  writeFileSync(join(tree, 'app.conf'), '');
  expect((await run(['status'])).stdout).toMatch(/M .*app\.conf .*\n1 file changed, 1 modified, -10 B\.\n$/);
  expect(await json('status')).toMatchObject({
    clean: false,
    counts: { files: 1 },
    changes: [{ path: 'app.conf' }],
  });
});

test('a live file that cannot be read is reported, and the comparison is incomplete', async () => {
  const { tree, store, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  writeFileSync(join(tree, 'app.conf'), 'secret', { mode: 0 });
  chmodSync(join(tree, 'app.conf'), 0);
  const program = [process.execPath, CLI, '--store', store, 'status', '--json'];
  const bound = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
  const [command, ...args] = [...bound, ...program];
  const { stdout, exitCode } = await runCommand(command, args);
  expect(exitCode).toBe(6);
  expect(JSON.parse(stdout)).toMatchObject({ clean: false, problems: [{ code: 'EACCES' }] });
});
