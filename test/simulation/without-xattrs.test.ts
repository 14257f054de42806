// A machine on which extended attributes can't be read, and later can: that is said, and what files have is not taken away.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readExtendedAttributes } from '../fixtures/read-extended-attributes.js';
import { runTool } from '../fixtures/run-tool.js';
import { createWorkspace, type Workspace } from '../src/cli/command-workspace.js';
import { NO_LIBRARY } from './no-library.js';

let workspace: Workspace;
let file: string;
beforeEach(() => {
  workspace = createWorkspace();
  file = join(workspace.tree, 'folder/file');
  mkdirSync(join(workspace.tree, 'folder'));
  writeFileSync(file, 'as it was');
  runTool('setfattr', ['-n', 'user.kept', '-v', 'value', file]);
  runTool('setfattr', ['-n', 'user.kept', '-v', 'value', join(workspace.tree, 'folder')]);
});

const attributes = (tree = workspace.tree) => readExtendedAttributes(tree);

test('a point that lacks them says so, and takes none away', async () => {
  const { tree, run } = workspace;
  const expected = attributes();
  const saved = await run(['save', tree, '--name', 'without'], { env: NO_LIBRARY });
  expect([saved.exitCode, saved.stderr]).toEqual([
    0,
    expect.stringContaining("savepoint: extended attributes and access control lists can't be read here"),
  ]);
  const { withoutXattrs } = JSON.parse(
    (await run(['save', tree, '--name', 'again', '--json'], { env: NO_LIBRARY })).stdout,
  );
  expect(withoutXattrs).toBe(true);
  expect((await run(['diff', 'without', 'live', '--exit-code'])).exitCode).toBe(0);
  const inode = statSync(file).ino;
  writeFileSync(file, 'changed');
  expect((await run(['rollback', 'without', '--yes'])).exitCode).toBe(0);
  expect([readFileSync(file, 'utf8'), statSync(file).ino === inode]).toEqual(['as it was', false]);
  expect(attributes()).toEqual(expected);
  expect((await run(['undo'])).exitCode).toBe(0);
  expect([readFileSync(file, 'utf8'), attributes()]).toEqual(['changed', expected]);
  writeFileSync(file, 'changed again');
  expect((await run(['restore', 'without', file])).exitCode).toBe(0);
  expect([readFileSync(file, 'utf8'), attributes()]).toEqual(['as it was', expected]);
});

test('what was saved without them is read again when they can be read', async () => {
  const { tree, directory, run } = workspace;
  const expected = attributes();
  await run(['save', tree, '--name', 'without'], { env: NO_LIBRARY });
  await run(['save', tree, '--name', 'with']);
  await run(['restore', 'with', '--to', join(directory, 'to')]);
  expect(attributes(join(directory, 'to'))).toEqual(expected);
});

test('a rollback and a restore on such a machine say what they can not keep', async () => {
  const { tree, run } = workspace;
  await run(['save', tree, '--name', 'first']);
  for (const command of [
    ['rollback', 'first', '--yes'],
    ['restore', 'first'],
  ]) {
    writeFileSync(file, 'changed');
    const { stderr } = await run(command, { env: NO_LIBRARY });
    expect(stderr).toContain('files that are replaced lose theirs');
    expect(readFileSync(file, 'utf8')).toBe('as it was');
  }
});
