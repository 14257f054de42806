// `savepoint bundle`, as a user carries points from one store to another.
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { RunOptions, RunResult } from '../../fixtures/run-command.js';
import { runSavepoint } from '../../fixtures/run-command.js';
import { createWorkspace, type Workspace } from './command-workspace.js';

let from: Workspace;
let whole: string;
let news: string;

beforeAll(async () => {
  from = createWorkspace({ lifetime: 'file' });
  const { tree, directory, run } = from;
  [whole, news] = [join(directory, 'whole.bundle'), join(directory, 'news.bundle')];
  await run(['save', tree, '--name', 'one']);
  writeFileSync(join(tree, 'app.conf'), 'port = 8080\n');
  await run(['save', tree, '--name', 'two']);
  const created = await run(['bundle', 'create', whole, 'one']);
  expect(created).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^Wrote 1 point, \d+ objects, /),
  });
  const since = await run(['bundle', 'create', news, 'two', '--since', 'one']);
  expect(since.stdout).toMatch(/\nThe other store has to have: one \([0-9a-f]{12}\)\n$/);
});

/** Runs it on a store of another host: an empty place. */
function elsewhere(): { store: string; run: (args: string[], options?: RunOptions) => Promise<RunResult> } {
  const { directory } = createWorkspace();
  const store = join(directory, 'other');
  const run = (args: string[], options: RunOptions = {}) =>
    runSavepoint(['--store', store, ...args], { cwd: directory, ...options });
  return { store, run };
}

test('a bundle makes the store, then another one brings what has changed', async () => {
  const { store, run } = elsewhere();
  const first = await run(['bundle', 'restore', whole]);
  expect(first).toMatchObject({ exitCode: 0, stderr: `savepoint: made a store in ${store}\n` });
  expect(first.stdout).toMatch(/^Added point one, id [0-9a-f]{12}\nNew \d+ objects, stored in /);
  expect(await run(['bundle', 'restore', news])).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await run(['list', '--names'])).stdout).toBe('one\ntwo\n');
  expect((await run(['cat', 'one', 'app:app.conf'])).stdout).toBe('port = 80\n');
  expect((await run(['cat', 'latest', 'app:app.conf'])).stdout).toBe('port = 8080\n');
  const again = await run(['bundle', 'restore', news]);
  expect(again.stdout).toMatch(/^Has already, and keeps, point two/);
  expect((await run(['verify', '--data'])).exitCode).toBe(0);
});

test('it goes through pipes, in both directions', async () => {
  const { run } = elsewhere();
  const { stdoutBytes, exitCode, stderr } = await from.run(['bundle', 'create', '-', 'one', 'two']);
  expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/^Wrote 2 points/)]);
  expect(await run(['bundle', 'verify', '-'], { input: stdoutBytes })).toMatchObject({ exitCode: 0 });
  expect(await run(['bundle', 'restore', '-'], { input: stdoutBytes })).toMatchObject({ exitCode: 0 });
  expect((await run(['list', '--names'])).stdout).toBe('one\ntwo\n');
});

test('a bundle on stdout leaves no room for JSON', async () => {
  const { exitCode, stdout } = await from.run(['bundle', 'create', '-', 'one', '--json']);
  expect([exitCode, JSON.parse(stdout).error]).toMatchObject([
    2,
    { code: 'USAGE', command: 'bundle create', message: expect.stringContaining('no room for JSON') },
  ]);
});

test('a store that is made for a bundle of sha1 ids has such ids', async () => {
  const other = createWorkspace();
  await other.run(['init', '--object-format', 'sha1']);
  await other.run(['save', other.tree, '--name', 'sha1-point']);
  const file = join(other.directory, 'sha1.bundle');
  await other.run(['bundle', 'create', file, 'sha1-point']);
  const { store, run } = elsewhere();
  await run(['bundle', 'restore', file]);
  expect(JSON.parse(readFileSync(join(store, 'store.json'), 'utf8').split('\n{"sha256')[0])).toMatchObject({
    objectFormat: 'sha1',
  });
  const refused = await from.run(['bundle', 'restore', file]);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--object-format sha1') });
});

test('a bundle that builds on what is not there makes no store, and says what is missing', async () => {
  const { store, run } = elsewhere();
  const refused = await run(['bundle', 'restore', news]);
  expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('have to be in it: one') });
  expect(existsSync(store)).toBe(false);
  await run(['init']);
  const again = await run(['bundle', 'restore', news, '--json']);
  expect(again.exitCode).toBe(3);
  expect(JSON.parse(again.stdout).error).toMatchObject({
    code: 'BUNDLE_BASE_MISSING',
    missing: [{ name: 'one', id: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  });
  expect(readdirSync(store)).not.toContain('packs');
});

test('what is no bundle, or not whole, is said to be so, and no point of it comes', async () => {
  const { run } = elsewhere();
  const cut = join(from.directory, 'cut.bundle');
  writeFileSync(cut, readFileSync(whole));
  truncateSync(cut, 700);
  for (const args of [['verify'], ['restore']]) {
    const refused = await run(['bundle', ...args, cut]);
    expect([refused.exitCode, refused.stderr]).toEqual([4, expect.stringContaining('it ends too early')]);
  }
  expect((await run(['list', '--names'])).stdout).toBe('');
  const text = await run(['bundle', 'verify', join(from.tree, 'bin/start')]);
  expect(text).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('damaged or not whole') });
  expect(await run(['bundle', 'verify', from.tree])).toMatchObject({ exitCode: 3 });
  expect(await run(['bundle', 'verify', 'nothing'])).toMatchObject({
    ...{ exitCode: 3, stderr: expect.stringContaining('There is no file nothing') },
  });
});

test.each([
  [['bundle'], "'bundle' needs a second word: create, restore, verify."],
  [['bundle', 'creat'], "Did you mean 'bundle create'?"],
  [['bundle', 'create', 'file'], "'bundle create' needs POINT"],
  [['bundle', 'restore', 'file', '--rename', 'one'], "'one' gives no new name: give it as OLD=NEW."],
  [['bundle', 'restore', 'file', '--renam', 'a=b'], "Did you mean '--rename'?"],
  [['bundle', 'create', 'file', 'one', '--since', 'one'], 'name only points that it lacks'],
])('%j is an error of usage', async (args, message) => {
  expect(await from.run(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
});

test('a place that takes no file is said to be none', async () => {
  const refused = await from.run(['bundle', 'create', 'nowhere/x.bundle', 'one']);
  expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('nowhere') });
  const directory = await from.run(['bundle', 'create', from.tree, 'one']);
  expect([directory.exitCode, directory.stderr]).toEqual([5, expect.stringContaining('directory')]);
});

test('names that are taken are given anew', async () => {
  const { run } = elsewhere();
  await run(['save', from.tree, '--name', 'one']);
  const refused = await run(['bundle', 'restore', whole]);
  expect(refused).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('--rename one=NEW') });
  expect(await run(['bundle', 'restore', whole, '--rename', 'one=other'])).toMatchObject({ exitCode: 0 });
  expect((await run(['list', '--names'])).stdout).toBe('one\nother\n');
});
