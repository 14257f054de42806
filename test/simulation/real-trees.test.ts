// Real trees, through the command line as a user would: save, wipe, restore, and nothing may differ; and git agrees on
// the ids of what it can hold itself.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand, runSavepoint } from '../fixtures/run-command.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const KERNEL_SOURCE = '/usr/src/linux-source-6.1.tar.xz';
const PATIENCE_MS = 300_000;
const PATIENT = { timeout: PATIENCE_MS };
/** SAVEPOINT_TEST_ALL takes more. */
const TREES = process.env['SAVEPOINT_TEST_ALL'] === undefined ? ['/etc'] : ['/etc', '/usr/share', '/usr/lib'];

describe('saving, wiping and restoring', () => {
  it.each(TREES)('%s leaves no difference', PATIENT, async (original) => {
    const directory = createTemporaryDirectory();
    const copy = join(directory, 'copy');
    await succeed('cp', ['-a', original, copy]);
    const pristine = join(directory, 'pristine');
    await succeed('cp', ['-a', copy, pristine]);
    await saveWipeRestore(directory, copy);
    expect(await differences(pristine, copy)).toBe('');
  });

  it(
    'the Linux source leaves no difference, and its tree has the id that git gives it',
    PATIENT,
    async () => {
      const directory = createTemporaryDirectory();
      const source = await unpackKernel(directory);
      const pristine = join(directory, 'pristine');
      await succeed('cp', ['-a', source, pristine]);
      const tree = await saveWipeRestore(directory, source);
      expect(await differences(pristine, source)).toBe('');
      expect(tree).toBe(await gitTree(directory, pristine));
    },
  );
});

/** Answers with the id of the component's tree. */
async function saveWipeRestore(directory: string, tree: string): Promise<string> {
  const store = ['--store', join(directory, 'store')];
  const saved = await runSavepoint([...store, 'save', tree, '--json'], { timeoutMs: PATIENCE_MS });
  expect(saved.exitCode, saved.stderr).toBe(0);
  rmSync(tree, { recursive: true });
  const restored = await runSavepoint([...store, 'restore', 'latest'], { timeoutMs: PATIENCE_MS });
  expect(restored.exitCode, restored.stderr).toBe(0);
  return JSON.parse(saved.stdout).components[0].tree;
}

async function differences(expected: string, actual: string): Promise<string> {
  return succeed('rsync', ['-aHAXni', '--delete', `${expected}/`, `${actual}/`]);
}

async function unpackKernel(directory: string): Promise<string> {
  if (!existsSync(KERNEL_SOURCE)) {
    await succeed('apt-get', ['update', '--quiet']);
    await succeed('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', 'linux-source-6.1']);
  }
  await succeed('tar', ['--extract', '--file', KERNEL_SOURCE, '--directory', directory]);
  return join(directory, 'linux-source-6.1');
}

/** What `git write-tree` gives for the same files, ignore rules aside. */
async function gitTree(directory: string, tree: string): Promise<string> {
  const repository = join(directory, 'repository');
  mkdirSync(repository);
  const git = (...args: string[]) => succeed('git', ['--git-dir', repository, '--work-tree', tree, ...args]);
  await succeed('git', ['init', '--quiet', '--bare', '--object-format=sha256', repository]);
  await git('-c', 'core.autocrlf=false', 'add', '--all', '--force', '.');
  return (await git('write-tree')).trim();
}

async function succeed(command: string, args: string[]): Promise<string> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const result = await runCommand(command, args, { timeoutMs: PATIENCE_MS, env });
  expect(result.exitCode, `${command} ${args.join(' ')}: ${result.stderr}`).toBe(0);
  return result.stdout;
}
