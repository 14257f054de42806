// `restore`, `verify`, `stats` and `doctor` on the command line.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorkspace, type Workspace } from './command-workspace.js';

/** A point `first`, after which `app.conf` differs, `bin` is gone and `mine` has come. */
async function createChanged(): Promise<Workspace> {
  const workspace = createWorkspace();
  const { tree, run } = workspace;
  await run(['save', tree, '--name', 'first']);
  writeFileSync(join(tree, 'app.conf'), 'broken');
  writeFileSync(join(tree, 'mine'), 'mine');
  rmSync(join(tree, 'bin'), { recursive: true });
  return workspace;
}

test('a dry run draws the plan, counts it and changes nothing', async () => {
  const { tree, run, json } = await createChanged();
  const { stdout, exitCode } = await run(['restore', 'first', '--dry-run']);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    `attributes ${tree}  app`,
    '├─ replace app.conf  10 B',
    '├─ create bin/  1 entry  4 B',
    '└─ kept mine',
    expect.stringMatching(
      /^Point first would be restored: 2 created, 1 replaced, 1 re-attributed.*; 1 kept that the point does not have \(--delete removes them\)\. Nothing has been changed\.$/,
    ),
    '',
  ]);
  const [component] = (await json('restore', 'first', '-n')).components;
  expect(component.steps).toContainEqual({ do: 'replace', path: 'app.conf', type: 'file', sizeBytes: 10 });
  expect(component.kept).toEqual(['mine']);
  expect(readFileSync(join(tree, 'app.conf'), 'utf8')).toBe('broken');
});

test('files go back in place, and extra ones stay unless asked', async () => {
  const { tree, run, json } = await createChanged();
  const { stdout, stderr, exitCode } = await run(['restore', 'first']);
  expect([stderr, exitCode]).toEqual(['', 0]);
  expect(stdout).toMatch(
    new RegExp(
      `^Restored point first to ${tree}: 2 created, 1 replaced, 1 re-attributed, .*; 1 kept that .*; [\\d.]+ s; 'savepoint undo' goes back to safety-\\S+\\n$`,
    ),
  );
  expect(readFileSync(join(tree, 'app.conf'), 'utf8')).toBe('port = 80\n');
  expect(existsSync(join(tree, 'mine'))).toBe(true);
  const counts = { created: 0, replaced: 0, attributes: 0, removed: 1, kept: 0 };
  expect(await json('restore', 'first', '--delete')).toMatchObject({ counts, dryRun: false });
  expect(existsSync(join(tree, 'mine'))).toBe(false);
  expect((await run(['restore', 'first'])).stdout).toContain(': nothing differs; ');
});

test('one path can be restored, in place or elsewhere', async () => {
  const { tree, directory, run } = await createChanged();
  await run(['restore', 'latest', join(tree, 'app.conf')]);
  expect(readdirSync(tree).sort()).toEqual(['app.conf', 'mine']);
  expect(readFileSync(join(tree, 'app.conf'), 'utf8')).toBe('port = 80\n');
  await run(['restore', 'latest', 'app:bin', '--to', join(directory, 'to'), '--quiet']);
  expect(readFileSync(join(directory, 'to/bin/start'), 'utf8')).toBe('run\n');
});

test('verify says what it checked, and names damage with the points and paths that it hurts', async () => {
  const { tree, store, run, json } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  const sound = await run(['verify', '--data']);
  expect(sound.stdout).toMatch(
    new RegExp(`^${store} is sound\\. Checked 1 point, \\d packs, \\d+ objects, .*; [\\d.]+ s\\n$`),
  );
  expect((await run(['verify', '-q'])).stdout).toBe('');
  for (const name of readdirSync(join(store, 'packs'), { recursive: true }).map(String)) {
    const path = join(store, 'packs', name);
    if (name.endsWith('.pack')) writeFileSync(path, readFileSync(path).subarray(0, 40));
  }
  const damaged = await run(['verify', '--data']);
  expect(damaged.exitCode).toBe(4);
  expect(damaged.stdout).toContain(`${store} is damaged.`);
  expect(damaged.stderr).toMatch(/^savepoint: packs\/.* \[PACK_[A-Z]+\]$/m);
  expect(damaged.stderr).toMatch(/^ {2}hurts first/m);
  expect(await json('verify', '--data')).toMatchObject({ sound: false });
});

test('an index that is gone is rebuilt by a repair', async () => {
  const { tree, store, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  rmSync(join(store, 'index'), { recursive: true });
  const repaired = await run(['verify', '--repair']);
  expect(repaired.exitCode).toBe(0);
  expect((await run(['verify', '--data'])).exitCode).toBe(0);
  expect((await run(['cat', 'first', 'app:app.conf'])).stdout).toBe('port = 80\n');
});

test('stats show what points hold and the store takes', async () => {
  const { tree, store, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  const { stdout } = await run(['stats']);
  expect(stdout).toMatch(new RegExp(`^Store +${store} +sha256 ids$`, 'm'));
  expect(stdout).toMatch(/^Points +1 +latest first of /m);
  expect(stdout).toMatch(/^Points hold +14 B +2 files$/m);
  expect(stdout).toMatch(/^Stored +[\d.]+ \w+/m);
});

test('doctor names what it looked at, with or without a store', async () => {
  const { store, run } = createWorkspace();
  const without = await run(['doctor']);
  expect(without.exitCode).toBe(0);
  expect(without.stdout).toMatch(/^ {2}degraded +store +there is none in /m);
  await run(['init']);
  expect((await run(['doctor'])).stdout).toMatch(/^ {2}ok +store +/m);
  for (const name of ['store.json', 'store.copy.json']) writeFileSync(join(store, name), 'nonsense');
  const wrong = await run(['doctor']);
  expect(wrong.exitCode).toBe(1);
  expect(wrong.stdout).toMatch(/^ {2}wrong +store +/m);
});
