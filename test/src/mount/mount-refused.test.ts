// Mounting where that can't be, and what is said then.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { hasMount, mountDirectory, mountInBackground } from '../../fixtures/mounted-point.js';
import { runCommand } from '../../fixtures/run-command.js';
import { runTool } from '../../fixtures/run-tool.js';
import { CLI, createWorkspace, type Workspace } from '../cli/command-workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = createWorkspace({ lifetime: 'file' });
  await workspace.run(['save', 'app', '--name', 'first']);
  mountDirectory(workspace.directory, 'empty');
  mountDirectory(workspace.directory, 'unfit/full');
  writeFileSync(join(workspace.directory, 'unfit/file'), '');
});

test.each([
  [['first', 'missing'], 3, 'PATH_NOT_FOUND', 'make it first'],
  [['first', 'unfit'], 5, 'TARGET_CONFLICT', 'not empty'],
  [['first', 'unfit/file'], 5, 'TARGET_CONFLICT', 'not a directory'],
  [['first', 'unfit/file/below'], 5, 'TARGET_CONFLICT', 'not a directory'],
  [['frist', 'empty'], 3, 'POINT_NOT_FOUND', "'frist'"],
  [['first', 'empty', '--component', 'web'], 3, 'COMPONENT_NOT_FOUND', 'app'],
  [['empty', '--component', 'app'], 2, 'USAGE', 'name the point'],
  [[], 2, 'USAGE', 'needs DIR'],
])('mount %j ends with %i', async (words, exitCode, code, message) => {
  const outcomes = [[], ['--background']].map((flags) =>
    workspace.run(['mount', ...words, ...flags, '--json']),
  );
  const [result, inBackground] = await Promise.all(outcomes);
  const { error } = JSON.parse(result.stdout);
  expect([result.exitCode, error.code, error.message]).toEqual([
    ...[exitCode, code],
    expect.stringContaining(message),
  ]);
  expect(inBackground.exitCode).toBe(exitCode);
  expect(JSON.parse(inBackground.stdout).error).toMatchObject({ code, message: error.message });
  expect(hasMount(join(workspace.directory, 'empty'))).toBe(false);
});

test('a directory that has a mount already is refused, by another name, too', async () => {
  const { directory, store, run } = workspace;
  const mounted = await mountInBackground(store, join(directory, 'taken'), 'first');
  symlinkSync('taken', join(directory, 'link'));
  for (const name of ['taken', 'link']) {
    const { exitCode, stderr } = await run(['mount', 'first', name]);
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining('mounted on')]);
  }
  expect((await run(['umount', 'link'])).exitCode).toBe(0);
  expect(hasMount(mounted.directory)).toBe(false);
});

test('umount refuses what is not ours', async () => {
  const { directory, run } = workspace;
  const other = join(directory, 'other');
  mkdirSync(other);
  for (const name of ['other', 'missing']) {
    const { exitCode, stderr } = await run(['umount', name]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('No point or store is mounted')]);
  }
  runTool('mount', ['-t', 'tmpfs', 'savepoint-test', other]);
  expect((await run(['umount', '--force', 'other'])).exitCode).toBe(3);
  expect(hasMount(other)).toBe(true);
  runTool('umount', [other]);
});

test.each([
  ['where there is none', 'mount -t tmpfs none /dev', 'UNSUPPORTED', 'ENOENT'],
  ['where it is another thing', 'mount --bind /dev/null /dev/fuse', 'UNSUPPORTED', '/dev/fuse'],
])('the device is missed %s', async (_, hide, code, message) => {
  const { store, directory } = workspace;
  const words = [
    process.execPath,
    CLI,
    '--store',
    store,
    '--json',
    'mount',
    'first',
    join(directory, 'empty'),
  ];
  const script = `${hide} && exec "$@"`;
  const { exitCode, stdout } = await runCommand('unshare', ['-m', 'sh', '-c', script, 'sh', ...words]);
  const { error } = JSON.parse(stdout);
  expect([exitCode, error.code, error.message]).toEqual([1, code, expect.stringContaining(message)]);
});

test('who is not root is told so', async () => {
  const { store, directory } = workspace;
  runTool('chmod', ['-R', 'a+rX', directory]);
  const words = [
    process.execPath,
    CLI,
    '--store',
    store,
    '--json',
    'mount',
    'first',
    join(directory, 'empty'),
  ];
  const { exitCode, stdout } = await runCommand('setpriv', [
    ...['--reuid=65534', '--regid=65534', '--clear-groups'],
    ...words,
  ]);
  expect([exitCode, JSON.parse(stdout).error.code]).toEqual([1, 'PERMISSION_DENIED']);
});
