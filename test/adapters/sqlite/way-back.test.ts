// An attempt that is taken back: what it replaced comes back as it was last, with writes that are in no point.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import { captureState } from '../../fixtures/drive-adapter.js';
import { describeDatabase, sqlite } from '../../fixtures/sqlite-database.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { ownFiles, stageAttempt } from './drive-sqlite.js';

const MODES = ['wal', 'delete'];

/** With a point of before, and an attempt back to it that is staged. */
async function stagedRollback(mode: string) {
  const directory = createTemporaryDirectory();
  const file = join(directory, 'app.db');
  sqlite(file, `PRAGMA journal_mode = ${mode}; CREATE TABLE t (a);`);
  const settings = { paths: [join(directory, '*.db')] };
  const point = await captureState(sqliteAdapter, { settings });
  sqlite(file, 'INSERT INTO t SELECT value FROM generate_series(1, 1000);');
  const safety = await captureState(sqliteAdapter, { settings, previous: point });
  const attempt = await stageAttempt(1, settings, { from: safety, to: point });
  return { directory, file, settings, safety, attempt };
}

test.each(MODES)(
  'what was written to a %s database after its safety point comes back with it',
  async (mode) => {
    const { directory, file, settings, safety, attempt } = await stagedRollback(mode);
    sqlite(file, "INSERT INTO t VALUES ('late');");
    const late = describeDatabase(file);
    expect(await attempt.apply()).toEqual([]);
    expect(sqlite(file, 'SELECT count(*) FROM t;')).toBe('0');
    sqlite(file, "INSERT INTO t VALUES ('never good');");
    const from = await captureState(sqliteAdapter, { settings });
    const second = await stageAttempt(2, settings, { from, to: safety });
    expect(await second.apply()).toEqual([]);
    expect(await second.apply()).toEqual([]);
    expect(await second.verify()).toEqual([]);
    expect(describeDatabase(file)).toBe(late);
    await second.discard();
    await attempt.discard();
    expect(ownFiles(directory)).toEqual([]);
  },
);

test('a database that the attempt never came to keeps what was written to it', async () => {
  const { directory, file, settings, safety, attempt } = await stagedRollback('wal');
  sqlite(file, "INSERT INTO t VALUES ('late');");
  const late = describeDatabase(file);
  const from = await captureState(sqliteAdapter, { settings });
  const second = await stageAttempt(2, settings, { from, to: safety });
  expect(await second.apply()).toEqual([]);
  expect(await second.verify()).toEqual([]);
  expect(describeDatabase(file)).toBe(late);
  await second.discard();
  await attempt.discard();
  expect(ownFiles(directory)).toEqual([]);
});

test.each(MODES)(
  'writes that came after the safety point of a %s database are kept, and the file is named',
  async (mode) => {
    const { directory, file, attempt } = await stagedRollback(mode);
    sqlite(file, "INSERT INTO t VALUES ('late');");
    expect(await attempt.apply()).toEqual([]);
    // Called again, it takes nothing for what was there before.
    sqlite(file, "INSERT INTO t VALUES ('since');");
    expect(await attempt.apply()).toEqual([]);
    expect(await attempt.verify()).toEqual([]);
    const kept = join(directory, ownFiles(directory).find((name) => name.endsWith('.kept')) as string);
    await expect(attempt.discard()).rejects.toMatchObject({ code: 'INCOMPLETE', fields: { keptAs: [kept] } });
    expect(sqlite(kept, "SELECT count(*) FROM t WHERE a = 'late';")).toBe('1');
    expect(sqlite(file, 'SELECT a FROM t;')).toBe('since');
    rmSync(kept);
    await attempt.discard();
    expect(ownFiles(directory)).toEqual([]);
  },
);

test('what nobody wrote to is not kept', async () => {
  const { directory, attempt } = await stagedRollback('wal');
  expect(await attempt.apply()).toEqual([]);
  await attempt.discard();
  expect(ownFiles(directory)).toEqual([]);
});

test.each(MODES)('a %s database that was taken away comes back, with what was written last', async (mode) => {
  const directory = createTemporaryDirectory();
  const file = join(directory, 'new.db');
  sqlite(join(directory, 'other.db'), 'CREATE TABLE t (a);');
  const settings = { paths: [join(directory, '*.db')] };
  const point = await captureState(sqliteAdapter, { settings });
  sqlite(file, `PRAGMA journal_mode = ${mode}; CREATE TABLE t (a);`);
  const safety = await captureState(sqliteAdapter, { settings });
  const attempt = await stageAttempt(1, settings, { from: safety, to: point });
  sqlite(file, "INSERT INTO t VALUES ('late');");
  const late = describeDatabase(file);
  expect(await attempt.apply()).toEqual([]);
  expect(await attempt.apply()).toEqual([]);
  expect(existsSync(file)).toBe(false);
  const from = await captureState(sqliteAdapter, { settings });
  const second = await stageAttempt(2, settings, { from, to: safety });
  expect(await second.apply()).toEqual([]);
  expect(await second.apply()).toEqual([]);
  expect(await second.verify()).toEqual([]);
  expect(describeDatabase(file)).toBe(late);
  await second.discard();
  await attempt.discard();
  expect(ownFiles(directory)).toEqual([]);
});
