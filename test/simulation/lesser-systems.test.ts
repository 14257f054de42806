// Restores and rollbacks where the system offers less than Linux on a local disk: file systems without renameat2 (NFS,
// some FUSE ones) or without hard links, no C library, no privilege for devices, sockets and links that stand about.
import {
  chmodSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeNode } from '#adapters/node/posix-entry.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { runCommand } from '../fixtures/run-command.js';
import { runTool } from '../fixtures/run-tool.js';
import { CLI, createWorkspace, type Workspace, withPreload } from '../src/cli/command-workspace.js';
import { NO_LIBRARY } from './no-library.js';

/** Calls of the C library that fail with an errno, by name. */
function failingCalls(errnos: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return withPreload(`
    import Module from 'node:module';
    import { constants } from 'node:os';
    const errnos = ${JSON.stringify(errnos)};
    const load = Module._load;
    Module._load = function (request, ...rest) {
      const loaded = Reflect.apply(load, this, [request, ...rest]);
      if (request !== 'koffi') return loaded;
      const fail = (errno) => (loaded.errno(constants.errno[errno]), -1);
      const open = (path) => {
        const library = loaded.load(path);
        const symbol = (name) => library.symbol(name);
        const func = (name, ...types) =>
          name in errnos ? () => fail(errnos[name]) : library.func(name, ...types);
        return { symbol, func };
      };
      return { ...loaded, errno: loaded.errno, load: open };
    };`);
}

/** A point `first` of files, links and directories, after which each of them is gone or something else. */
async function createBroken(): Promise<Workspace> {
  const workspace = createWorkspace();
  const { tree, run } = workspace;
  mkdirSync(join(tree, 'kept/deep'), { recursive: true });
  for (const name of ['a', 'kept/deep/file', 'was-file'])
    writeFileSync(join(tree, name), `content of ${name}`);
  mkdirSync(join(tree, 'was-directory'));
  writeFileSync(join(tree, 'was-directory/in'), 'in');
  symlinkSync('a', join(tree, 'link'));
  expect((await run(['save', tree, '--name', 'first'])).exitCode).toBe(0);
  for (const name of ['link', 'kept', 'was-directory', 'was-file', 'a'])
    rmSync(join(tree, name), { recursive: true });
  writeFileSync(join(tree, 'was-directory'), 'a file now');
  mkdirSync(join(tree, 'was-file'));
  writeFileSync(join(tree, 'was-file/extra'), 'extra');
  writeFileSync(join(tree, 'app.conf'), 'port = 81\n');
  writeFileSync(join(tree, 'came'), 'came');
  return workspace;
}

/** Times are as fine as Node sets them; extended attributes need the library. */
function describeCoarsely(directory: string) {
  const described = [...describeTree(directory)];
  return new Map(described.map(([path, entry]) => [path, { ...entry, mtimeNs: entry.mtimeNs.slice(0, -4) }]));
}

const SYSTEMS = {
  'without renameat2': failingCalls({ renameat2: 'EINVAL' }),
  'without renameat2 and hard links': failingCalls({ renameat2: 'ENOSYS', linkat: 'EPERM' }),
  'whose files have one owner': failingCalls({ fchown: 'EPERM', fchownat: 'EPERM' }),
};

describe.each(Object.entries(SYSTEMS))('on a system %s', (_, env) => {
  test('a restore that deletes leads to what was saved', async () => {
    const { tree, directory, run } = await createBroken();
    const { exitCode, stderr } = await run(['restore', 'first', '--delete'], { env });
    expect([exitCode, stderr]).toEqual([0, '']);
    await run(['restore', 'first', '--to', join(directory, 'sound')]);
    expect(compareDescriptions(describeTree(join(directory, 'sound')), describeTree(tree))).toEqual([]);
  });

  test('a rollback goes there, and undo back', async () => {
    const { tree, directory, run } = await createBroken();
    const before = describeTree(tree);
    const rolled = await run(['rollback', 'first', '--yes'], { env });
    expect([rolled.exitCode, rolled.stderr]).toEqual([0, '']);
    await run(['restore', 'first', '--to', join(directory, 'sound')]);
    expect(compareDescriptions(describeTree(join(directory, 'sound')), describeTree(tree))).toEqual([]);
    expect((await run(['undo'], { env })).exitCode).toBe(0);
    expect(compareDescriptions(before, describeTree(tree))).toEqual([]);
  });
});

describe('a component with swap', () => {
  /** One point of `app`, in a directory of its own, and something to be rolled back. */
  async function createSwapped(): Promise<Workspace & { home: string }> {
    const workspace = createWorkspace();
    const { directory, run } = workspace;
    const home = join(directory, 'home');
    mkdirSync(home);
    const tree = join(home, 'app');
    renameSync(workspace.tree, tree);
    const text = `components: { app: { kind: files, paths: [${tree}], swap: true } }`;
    writeFileSync(join(directory, 'savepoint.yaml'), text);
    expect((await run(['save', '--name', 'first'])).exitCode).toBe(0);
    writeFileSync(join(tree, 'app.conf'), 'port = 81\n');
    return { ...workspace, tree, home };
  }

  const LACKING = [
    ['can not be exchanged', { renameat2: 'EINVAL' }, /can't exchange directories \(EINVAL\)/],
    ['can not be linked', { linkat: 'EPERM' }, /has no hard links \(EPERM\)/],
  ] as const;

  test.each([
    ...LACKING.map(([what, errnos, reason]) => [what, failingCalls(errnos), reason] as const),
    ['can be reached by Node alone', NO_LIBRARY, /it takes the package koffi/] as const,
  ])('whose files %s is not rolled back, and an undo goes file by file', async (_, env, reason) => {
    const { tree, home, run } = await createSwapped();
    const refused = await run(['rollback', 'first', '--yes'], { env });
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(reason)]);
    expect(refused.stderr).toMatch(
      /app can't be swapped as a whole: .* Take 'swap' out of its configuration, or/,
    );
    expect(readFileSync(join(tree, 'app.conf'), 'utf8')).toBe('port = 81\n');
    expect(readdirSync(home)).toEqual(['app']);
    expect((await run(['rollback', 'first', '--yes'])).exitCode).toBe(0);
    const { ino } = statSync(tree);
    expect([0, 6]).toContain((await run(['undo'], { env })).exitCode);
    expect(readFileSync(join(tree, 'app.conf'), 'utf8')).toBe('port = 81\n');
    expect(statSync(tree).ino).toBe(ino);
  });

  test('in a directory that may not be written to is not rolled back', async () => {
    const { tree, home, store } = await createSwapped();
    chmodSync(home, 0o555);
    const command = [CLI, '--store', store, 'rollback', 'first', '--yes'];
    const drop = ['--bounding-set', '-dac_override', '--inh-caps', '-dac_override'];
    const refused = await runCommand('setpriv', [...drop, process.execPath, ...command]);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`${home} can't be written to`),
    ]);
    expect(readFileSync(join(tree, 'app.conf'), 'utf8')).toBe('port = 81\n');
  });
});

test('without the C library files are saved and restored all the same', async () => {
  const { tree, directory, run } = await createBroken();
  const restored = await run(['restore', 'first', '--delete', '--json'], { env: NO_LIBRARY });
  expect([0, 6], restored.stderr).toContain(restored.exitCode);
  await run(['restore', 'first', '--to', join(directory, 'sound')]);
  expect(compareDescriptions(describeCoarsely(join(directory, 'sound')), describeCoarsely(tree))).toEqual([]);
  const saved = await run(['save', tree, '--name', 'second'], { env: NO_LIBRARY });
  expect([0, 6], saved.stderr).toContain(saved.exitCode);
  expect((await run(['cat', 'second', 'app:a'])).stdout).toBe('content of a');
});

test('a device that can not be made is reported, and everything else is restored', async () => {
  const { tree, directory, run } = createWorkspace();
  mkdirSync(join(tree, 'devices'));
  runTool('mknod', [join(tree, 'devices/null'), 'c', '1', '3']);
  runTool('mknod', [join(tree, 'zero'), 'c', '1', '5']);
  await run(['save', tree, '--name', 'first']);
  const to = join(directory, 'to');
  const store = ['--store', join(directory, 'store')];
  const command = [CLI, ...store, 'restore', 'first', '--to', to];
  const drop = ['--bounding-set', '-mknod', '--inh-caps', '-mknod'];
  const restored = await runCommand('setpriv', [...drop, process.execPath, ...command]);
  expect(restored.exitCode).toBe(6);
  for (const path of ['devices/null', 'zero']) {
    expect(restored.stderr).toContain(`${join(to, path)}: a character-device can't be made here (EPERM)`);
  }
  expect(readdirSync(to).sort()).toEqual(['app.conf', 'bin', 'devices']);
  expect(readFileSync(join(to, 'bin/start'), 'utf8')).toBe('run\n');
});

test('a socket gives way to the file that a point has there, in a restore and in a rollback', async () => {
  const { tree, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  for (const command of [
    ['restore', 'first'],
    ['rollback', 'first', '--yes'],
  ]) {
    rmSync(join(tree, 'app.conf'));
    makeNode(join(tree, 'app.conf'), constants.S_IFSOCK | 0o600);
    const { exitCode, stderr } = await run(command);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(readFileSync(join(tree, 'app.conf'), 'utf8')).toBe('port = 80\n');
  }
});

test('a hard link to a file outside of what is compared is no difference, and is left alone', async () => {
  const { tree, run } = createWorkspace();
  runTool('ln', [join(tree, 'app.conf'), join(tree, 'bin/linked')]);
  await run(['save', tree, '--name', 'first']);
  const { stdout, exitCode } = await run(['diff', 'first', 'live', join(tree, 'bin'), '--exit-code']);
  expect([stdout, exitCode]).toEqual(['', 0]);
  const restored = await run(['restore', 'first', join(tree, 'bin')]);
  expect(restored.stdout).toContain('nothing differs');
  expect(statSync(join(tree, 'bin/linked')).nlink).toBe(2);
});
