// `stats --by-path` and `--by-point` on the command line.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createWorkspace, type Workspace } from './command-workspace.js';

let workspace: Workspace;

/** In `first` only `log/app` is large; in `second` it is another one, and a small file is new; then there is a rollback. */
beforeAll(async () => {
  workspace = createWorkspace({ lifetime: 'file' });
  const { tree, run } = workspace;
  const random = createRandom(1);
  mkdirSync(join(tree, 'log'));
  writeFileSync(join(tree, 'log/app'), random.bytes(60_000));
  await run(['save', tree, '--name', 'first']);
  writeFileSync(join(tree, 'log/app'), random.bytes(60_000));
  writeFileSync(join(tree, 'new\nline'), 'new\n');
  await run(['save', tree, '--name', 'second']);
  writeFileSync(join(tree, 'app.conf'), 'port = 1\n');
  await run(['rollback', 'second', '--yes']);
});

test('--by-path shows the largest paths first, and what all points have added', async () => {
  const { tree, run } = workspace;
  const { stdout, exitCode } = await run(['stats', '--by-path', '--top', '3']);
  expect(exitCode).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^ +STORED +SHARE +VERSIONS +POINTS +LAST GROWN +PATH$/);
  expect(lines[1]).toMatch(/^ *12\d KiB +\d\d\.\d % +6 +3 +\S+ \S+ safety-\S+ +\S+\/app\/$/);
  expect(lines[2]).toMatch(/^ *11\d KiB +\d\d\.\d % +2 +2 +\S+ \S+ second +\S+\/app\/log\/$/);
  expect(lines[3]).toContain(`${tree}/log/app`);
  expect(lines[4]).toMatch(/^… and 4 paths more; --top 7 shows all\.$/);
  expect(lines[5]).toMatch(/^12\d KiB in 3 points; besides, [\d.]+ KiB of tables/);
});

test('names that would break a line are escaped, and PATH and --depth choose', async () => {
  const { run } = workspace;
  const all = await run(['stats', '--by-path', '--top', '99']);
  expect(all.stdout).toContain('/app/new\\nline"\n');
  const { stdout } = await run(['stats', '--by-path', 'app:log', '--depth', '0']);
  expect(stdout.split('\n')).toHaveLength(4);
  expect(stdout).toMatch(/\/app\/log\/\n/);
});

test('--by-point shows what each point has added, and which are those before rollbacks', async () => {
  const { run, json } = workspace;
  const lines = (await run(['stats', '--by-point'])).stdout.split('\n');
  expect(lines[1]).toMatch(/^ *\d\d\.\d KiB +58\.\d KiB +[\d.]+ (KiB|B) +3 +\S+ \S+ +first$/);
  expect(lines[3]).toMatch(/ safety-\S+ \(before a rollback\)$/);
  const { points, problems } = await json('stats', '--by-point');
  expect(points).toMatchObject([
    { point: 'first', versions: 3 },
    { versions: 2 },
    { safety: true, versions: 1 },
  ]);
  expect(problems).toEqual([]);
});

test('--json has all paths, and --top only so many', async () => {
  const { json } = workspace;
  const all = await json('stats', '--by-path');
  expect([all.paths.length, all.pathCount]).toEqual([7, 7]);
  const one = await json('stats', '--by-path', '--top', '1');
  expect([one.paths.length, one.pathCount]).toEqual([1, 7]);
});

test('what does not go together, or is not there, is refused', async () => {
  const { run } = workspace;
  const refused = async (...words: string[]) => {
    const { exitCode, stderr } = await run(['stats', ...words]);
    return [exitCode, stderr.split('\n')[0]];
  };
  expect(await refused('--top', '3')).toEqual([2, expect.stringContaining('--top needs --by-path.')]);
  expect(await refused('--by-point', 'app')).toEqual([2, expect.stringContaining("'app' needs --by-path.")]);
  expect(await refused('--by-path', '--by-point')).toEqual([2, expect.stringContaining('--by-point')]);
  expect(await refused('--by-path', '--depth', 'x')).toEqual([2, expect.stringContaining('no whole number')]);
  expect(await refused('--by-path', 'app:nowhere')).toEqual([3, expect.stringContaining('No point has')]);
  expect(await refused('--by-path', '/nowhere')).toEqual([3, expect.stringContaining('/nowhere')]);
});
