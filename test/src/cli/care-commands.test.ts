// Old points on the command line: removed and recovered, pinned, dropped by the rules of the configuration, and what
// only they need freed.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createWorkspace, type Workspace } from './command-workspace.js';

/** Points `first`, `second` and `third`, each with a large file that the others don't have. */
async function createPoints(): Promise<Workspace> {
  const workspace = createWorkspace();
  const random = createRandom(1);
  for (const name of ['first', 'second', 'third']) {
    writeFileSync(join(workspace.tree, 'large'), random.bytes(300_000));
    await workspace.run(['save', workspace.tree, '--name', name]);
  }
  return workspace;
}

function storedBytes(store: string): number {
  const packs = join(store, 'packs');
  return readdirSync(packs).reduce((sum, name) => sum + statSync(join(packs, name)).size, 0);
}

test('a point that is removed is gone from all lists, and comes back where it was', async () => {
  const { run, json } = await createPoints();
  const { stdout } = await run(['forget', 'second']);
  expect(stdout).toContain("Removed 1 point: second; 'savepoint recover-point'");
  expect((await run(['list', '--names'])).stdout).toBe('first\nthird\n');
  expect((await run(['show', 'second'])).exitCode).toBe(3);
  expect((await json('list', '--removed')).points).toMatchObject([{ name: 'second' }]);
  // Its name is not free yet.
  expect((await run(['save', 'app', '--name', 'second'])).exitCode).toBe(5);
  expect((await json('recover-point', 'secnod')).error).toMatchObject({ nearest: ['second'] });
  expect((await run(['recover-point', 'second'])).exitCode).toBe(0);
  expect((await run(['list', '--names'])).stdout).toBe('first\nsecond\nthird\n');
  const kinds = (await json('log')).operations.map(({ kind }: { kind: string }) => kind);
  expect(kinds).toEqual(['save', 'save', 'save', 'forget', 'recover-point']);
});

test('gc frees what only removed points need, after the grace period, and they are gone for good', async () => {
  const { run, json, store } = await createPoints();
  const before = storedBytes(store);
  await run(['forget', 'first', 'second']);
  const dry = await json('gc', '--dry-run', '--grace', '0');
  expect(dry.marked.bytes).toBeGreaterThan(600_000);
  const marked = await json('gc');
  expect(marked).toMatchObject({ removed: { packs: 0 }, waiting: { packs: dry.marked.packs } });
  expect(storedBytes(store)).toBeGreaterThanOrEqual(before);
  expect((await run(['recover-point', 'second'])).exitCode).toBe(0);
  const collected = await json('gc', '--grace', '0', '--full');
  expect(collected).toMatchObject({ removedPoints: 1, waiting: { packs: 0, bytes: 0 } });
  expect(storedBytes(store)).toBeLessThan(before - 250_000);
  expect((await run(['recover-point', 'first'])).exitCode).toBe(3);
  for (const name of ['second', 'third']) {
    expect((await run(['restore', name, '--to', name])).exitCode).toBe(0);
  }
  expect((await run(['verify', '--data'])).exitCode).toBe(0);
  // What was freed is stored again where it comes again.
  expect((await run(['save', join(store, '../second'), '--name', 'again'])).exitCode).toBe(0);
  expect((await run(['verify', '--data'])).exitCode).toBe(0);
});

test('what is pinned is not removed', async () => {
  const { run, json } = await createPoints();
  await run(['pin', 'first', 'latest']);
  await run(['save', 'app', '--name', 'fourth', '--pin']);
  expect((await json('list')).pinned).toEqual(['first', 'third', 'fourth']);
  const { exitCode, stderr } = await run(['forget', 'second', 'first']);
  expect([exitCode, stderr]).toEqual([5, expect.stringContaining('first is pinned')]);
  expect((await json('list')).points).toHaveLength(4);
  await run(['unpin', 'first']);
  expect((await run(['forget', 'second', 'first'])).exitCode).toBe(0);
});

test('a save by the configuration removes what its rules do not keep, and retain says why', async () => {
  const { run, json, directory, tree } = await createPoints();
  writeFileSync(
    join(directory, 'savepoint.yaml'),
    `components: { app: { kind: files, paths: [${tree}] } }
retention: { keepLast: 2, keepPerComponent: 0, keepHours: 0, keepDaily: 0, keepTags: [release] }
`,
  );
  await run(['pin', 'first']);
  const dry = await run(['retain', '--dry-run']);
  expect(dry.stdout).toMatch(
    /keep +first .*pinned\nkeep +second .*one of the last 2\nkeep +third .*latest\n/,
  );
  const saved = await json('save', '--name', 'fourth', '--tag', 'release=1');
  expect(saved.retention).toEqual({ removed: ['second'] });
  await run(['save', '--name', 'fifth']);
  await run(['save', '--name', 'sixth']);
  expect((await run(['list', '--names'])).stdout).toBe('first\nfourth\nfifth\nsixth\n');
  expect((await json('list', '--removed')).points).toHaveLength(2);
});

test('a store that grows too large loses old points, and never the latest or a pinned one', async () => {
  const { run, json, directory } = await createPoints();
  writeFileSync(join(directory, 'savepoint.yaml'), 'retention: { keepLast: 9, maxBytes: 650kB }\n');
  const { decisions } = await json('retain', '--dry-run');
  expect(decisions.map(({ keep }: { keep: boolean }) => keep)).toEqual([false, true, true]);
  expect(decisions[0].reasons).toEqual(['older, and the store is too large']);
  await run(['pin', 'first']);
  writeFileSync(join(directory, 'savepoint.yaml'), 'retention: { keepLast: 9, maxBytes: 1kB }\n');
  await run(['retain']);
  expect((await run(['list', '--names'])).stdout).toBe('first\nthird\n');
});

test.each([
  [['gc', '--grace', 'soon'], 2, "'soon' is no duration"],
  [['retain'], 2, 'There is no savepoint.yaml'],
  [['forget'], 2, 'POINT'],
  [['unpin', 'frist'], 3, 'Did you mean first'],
])('%j is refused', async (args, code, message) => {
  const { run } = await createPoints();
  const { exitCode, stderr } = await run(args, { env: { SAVEPOINT_CONFIG: undefined } });
  expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)]);
});
