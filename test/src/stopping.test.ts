// Work that is stopped by a signal: it ends with ABORTED, soon, and leaves nothing behind.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSavepoint, readConfiguration, type Savepoint } from 'savepoint';
import { expect, onTestFinished, test, vi } from 'vitest';
import { cat } from '#src/cat.js';
import { recover } from '#src/recover.js';
import { historyOf } from '#src/state/history.js';
import { readStatistics } from '#src/stats.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { killRollback } from '../fixtures/rollback-process.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { openSqlite, sqlite } from '../fixtures/sqlite-database.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { waitFor } from '../fixtures/wait-for.js';

const ABORTED = { code: 'ABORTED' };

/** A signal that is aborted once it was looked at `looks` times. */
function abortedAfter(looks: number): AbortSignal & { readonly looks: number } {
  const { signal } = new AbortController();
  let left = looks;
  Object.defineProperty(signal, 'aborted', { get: () => left-- <= 0 });
  Object.defineProperty(signal, 'looks', { get: () => looks - left });
  return signal as AbortSignal & { readonly looks: number };
}

test('a file is read up to the piece at which that is stopped', async () => {
  const tree = await createSavedTree();
  tree.write('large', createRandom(1).bytes(20 << 20));
  await tree.save('point');
  const controller = new AbortController();
  let pieces = 0;
  const reading = async () => {
    for await (const _ of cat(tree.session, { point: 'point', path: 'tree:large' }, controller)) {
      pieces++;
      controller.abort();
    }
  };
  await expect(reading()).rejects.toMatchObject(ABORTED);
  expect(pieces).toBe(1);
});

test('figures and the history of a component are given up between two points', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'text');
  for (let number = 1; number <= 12; number++) await tree.save(`p${number}`);
  const ofHistory = abortedAfter(5);
  await expect(historyOf(tree.session, 'tree', { signal: ofHistory })).rejects.toMatchObject(ABORTED);
  expect(ofHistory.looks).toBe(6);
  const ofFigures = abortedAfter(5);
  await expect(readStatistics(tree.session, { signal: ofFigures })).rejects.toMatchObject(ABORTED);
  expect(ofFigures.looks).toBe(6);
  expect(tree.stored('cache').map((path) => path.endsWith('/points'))).not.toContain(true);
  expect(await historyOf(tree.session, 'tree')).toHaveLength(12);
  expect((await readStatistics(tree.session)).points.count).toBe(12);
});

/** A file that was going back when a crash came. */
async function interrupted(): Promise<SavedTree> {
  const tree = await createSavedTree();
  tree.write('file', 'as it was');
  await tree.save('point');
  tree.write('file', 'changed');
  killRollback(tree.session.location, { point: 'point', phase: 'applying' });
  return tree;
}

test('a recovery that is stopped before it takes over leaves all as the crash did', async () => {
  const tree = await interrupted();
  const [files, journal] = [describeTree(tree.root), describeTree(join(tree.session.location, 'journal'))];
  for (const looks of [0, 1]) {
    const signal = abortedAfter(looks);
    await expect(recover(tree.session, { signal })).rejects.toMatchObject(ABORTED);
  }
  expect(describeTree(tree.root)).toEqual(files);
  expect(describeTree(join(tree.session.location, 'journal'))).toEqual(journal);
  expect(await recover(tree.session)).toMatchObject({ did: 'finished', carried: { outcome: 'done' } });
});

test('a recovery that is to be stopped later finishes what it has taken over', async () => {
  const tree = await interrupted();
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  const { did } = await recover(tree.session, { onProgress, signal: controller.signal });
  expect([did, controller.signal.aborted]).toEqual(['finished', true]);
  expect(readFileSync(join(tree.root, 'file'), 'utf8')).toBe('as it was');
});

async function configured(health: object[], components: object = {}) {
  const directory = createTemporaryDirectory();
  const [file, config] = [join(directory, 'file'), join(directory, 'savepoint.yaml')];
  writeFileSync(file, 'text');
  writeFileSync(
    config,
    JSON.stringify({
      components: { app: { kind: 'files', paths: [file] }, ...components },
      guard: { health },
    }),
  );
  const savepoint = await openSavepoint({ store: join(directory, 'store'), create: true, config });
  onTestFinished(() => savepoint.close());
  const configuration = await readConfiguration(config);
  if (configuration === undefined) throw new Error('there is no configuration');
  return { directory, savepoint, configuration };
}

test('a save that waits for a health check ends without a point, and the check with it', async () => {
  const mark = join(createTemporaryDirectory(), 'pid');
  const command = `echo $$ > ${mark}; exec sleep 60`;
  const { savepoint, configuration } = await configured([{ command, timeout: '50s' }]);
  const controller = new AbortController();
  const saving = expect(
    savepoint.saveConfigured(configuration, { signal: controller.signal }),
  ).rejects.toMatchObject(ABORTED);
  await waitFor(() => existsSync(mark) && readFileSync(mark, 'utf8').endsWith('\n'), 'the check');
  controller.abort();
  await saving;
  expect(await savepoint.list()).toEqual([]);
  const pid = Number(readFileSync(mark, 'utf8'));
  await waitFor(() => !isRunning(pid), 'the end of the check');
});

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

async function withTable(): Promise<{ file: string; savepoint: Savepoint; temporary: string }> {
  const file = join(createTemporaryDirectory(), 'data.db');
  sqlite(file, 'CREATE TABLE items (id INTEGER PRIMARY KEY, name); INSERT INTO items VALUES (1, 1), (2, 2);');
  const { directory, savepoint, configuration } = await configured([], {
    db: { kind: 'sqlite', paths: [file] },
  });
  await savepoint.saveConfigured(configuration, { name: 'first' });
  sqlite(file, 'UPDATE items SET name = 3');
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  vi.stubEnv('TMPDIR', temporary);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return { file, savepoint, temporary };
}

test('a table that waits for its database to be free is given up, and is as it was', async () => {
  const { file, savepoint, temporary } = await withTable();
  const holder = openSqlite(file);
  await holder.ask('BEGIN IMMEDIATE;');
  const controller = new AbortController();
  const restoring = expect(
    savepoint.tables.restore('first', 'db:items', { signal: controller.signal }),
  ).rejects.toMatchObject(ABORTED);
  await waitFor(() => readdirSync(temporary).length > 0, 'the table of the point');
  controller.abort();
  await restoring;
  await holder.close();
  expect(sqlite(file, 'SELECT name FROM items')).toBe('3\n3');
  expect(readdirSync(temporary)).toEqual([]);
  expect((await savepoint.operations()).map(({ kind }) => kind)).toEqual(['save']);
  await savepoint.tables.restore('first', 'db:items', { signal: new AbortController().signal });
  expect(sqlite(file, 'SELECT name FROM items')).toBe('1\n2');
});

test('tables are neither compared, read nor made anew once that is stopped', async () => {
  const { file, savepoint, temporary } = await withTable();
  const signal = AbortSignal.abort();
  const { tables } = savepoint;
  const sides = { before: 'first', after: 'live', path: 'db:items' };
  await expect(tables.diff({ ...sides, signal })).rejects.toMatchObject(ABORTED);
  await expect(tables.restore('first', 'db:items', { signal })).rejects.toMatchObject(ABORTED);
  await expect(tables.restore('first', 'db:items', { dryRun: true, signal })).rejects.toMatchObject(ABORTED);
  await expect(tables.read('first', 'db:items', { signal }).next()).rejects.toMatchObject(ABORTED);
  await expect(savepoint.restoreBeside('first', 'db', 'other', { signal })).rejects.toMatchObject(ABORTED);
  await expect(savepoint.stats({ signal })).rejects.toMatchObject(ABORTED);
  await expect(savepoint.history('db', { signal })).rejects.toMatchObject(ABORTED);
  await expect(savepoint.cat('first', 'app:', { signal }).next()).rejects.toMatchObject(ABORTED);
  await expect(savepoint.recover({ signal })).rejects.toMatchObject(ABORTED);
  expect(sqlite(file, 'SELECT name FROM items')).toBe('3\n3');
  expect(readdirSync(temporary)).toEqual([]);
  expect((await tables.diff(sides)).changed).toHaveLength(2);
});

test('a table of two points is compared no further than that is stopped, wherever that is', async () => {
  const { savepoint, temporary } = await withTable();
  const compare = (signal: AbortSignal) =>
    savepoint.tables.diff({ before: 'first', after: 'first', path: 'db:items', signal });
  const unstopped = abortedAfter(Number.MAX_SAFE_INTEGER);
  expect((await compare(unstopped)).changed).toEqual([]);
  expect(unstopped.looks).toBeGreaterThan(8);
  for (let looks = 0; looks < unstopped.looks; looks++) {
    await expect(compare(abortedAfter(looks)), `${looks} looks`).rejects.toMatchObject(ABORTED);
    expect(readdirSync(temporary), `${looks} looks`).toEqual([]);
  }
});
