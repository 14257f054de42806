// Databases that are damaged, missing, or put back to being so.
import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openSavepoint } from 'savepoint';
import { expect, test } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import { captureState } from '../../fixtures/drive-adapter.js';
import { describeDatabase, openSqlite, sqlite } from '../../fixtures/sqlite-database.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { configurationOf } from './configuration-of.js';
import { ownFiles, rollBack, stageAttempt } from './drive-sqlite.js';

const TABLES = `PRAGMA journal_mode = wal; CREATE TABLE t (a INTEGER PRIMARY KEY, b);
INSERT INTO t SELECT value, hex(randomblob(200)) FROM generate_series(1, 500);`;

function makeDatabase(): string {
  const file = join(createTemporaryDirectory(), 'app.db');
  sqlite(file, TABLES);
  return file;
}

const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  truncated: (file) => truncateSync(file, 10_000),
  'without its header': (file) => writeAt(file, 0, Buffer.alloc(16, 0xff)),
  'with pages of noise': (file) => writeAt(file, 4096, Buffer.alloc(40_960, 0xa5)),
};

function writeAt(file: string, offset: number, bytes: Uint8Array): void {
  const content = readFileSync(file);
  content.set(bytes, offset);
  writeFileSync(file, content);
}

test.each(Object.keys(DAMAGES))(
  'a database that is %s is replaced, and comes back so by an undo',
  async (name) => {
    const file = makeDatabase();
    const original = describeDatabase(file);
    const store = join(createTemporaryDirectory(), 'store');
    const savepoint = await openSavepoint({ store, create: true, adapters: [sqliteAdapter] });
    try {
      await savepoint.saveConfigured(configurationOf({ paths: [file] }), { name: 'sound' });
      DAMAGES[name]?.(file);
      const damaged = readFileSync(file);
      const { outcome, problems } = await savepoint.rollback('sound', { withData: true });
      expect([outcome, problems]).toEqual(['done', []]);
      expect(describeDatabase(file)).toBe(original);
      expect((await savepoint.undo()).outcome).toBe('done');
      expect(readFileSync(file).equals(damaged)).toBe(true);
      expect((await savepoint.redo()).outcome).toBe('done');
      expect(describeDatabase(file)).toBe(original);
      expect(ownFiles(join(file, '..'))).toEqual([]);
    } finally {
      await savepoint.close();
    }
  },
);

test('a log of a file that is gone does not get into the new one', async () => {
  const file = makeDatabase();
  const settings = { paths: [file] };
  const original = describeDatabase(file);
  const point = await captureState(sqliteAdapter, { settings });
  const writer = openSqlite(file);
  await writer.ask("PRAGMA wal_autocheckpoint = 0; UPDATE t SET b = 'log';");
  const log = readFileSync(`${file}-wal`);
  await writer.close();
  rmSync(file);
  writeFileSync(`${file}-wal`, log);
  expect(await rollBack(settings, point)).toEqual([]);
  expect(describeDatabase(file)).toBe(original);
  expect(log.length).toBeGreaterThan(10_000);
});

test('a damaged file goes back with its journal, also when that was not moved before a crash', async () => {
  const file = makeDatabase();
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  DAMAGES['without its header']?.(file);
  const journal = Buffer.from('not a journal that SQLite plays back');
  const damaged = await captureState(sqliteAdapter, { settings, previous: point });
  // SQLite itself takes most of them away when it is asked.
  (damaged.documents as Map<string, Uint8Array>).set(`state/databases${file}/damaged-journal`, journal);
  expect(await rollBack(settings, point)).toEqual([]);
  const from = await captureState(sqliteAdapter, { settings });
  const attempt = await stageAttempt(1, settings, { from, to: damaged });
  // The instant before the journal follows.
  const staged = ownFiles(join(file, '..')).find((name) => name.endsWith('.new')) as string;
  renameSync(join(file, '..', staged), file);
  expect(await attempt.apply()).toEqual([]);
  await attempt.discard();
  const content = damaged.documents.get(`state/databases${file}/damaged`);
  expect(readFileSync(file).equals(content as Uint8Array)).toBe(true);
  expect(readFileSync(`${file}-journal`).equals(journal)).toBe(true);
  expect(ownFiles(join(file, '..'))).toEqual([]);
});

test('a database that is gone is put there again', async () => {
  const file = makeDatabase();
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  const original = describeDatabase(file);
  rmSync(file);
  expect(await rollBack(settings, point)).toEqual([]);
  expect(describeDatabase(file)).toBe(original);
});

test('a database that a link leads to is put back where it is', async () => {
  const file = makeDatabase();
  const link = join(createTemporaryDirectory(), 'link.db');
  symlinkSync(file, link);
  const settings = { paths: [link] };
  const point = await captureState(sqliteAdapter, { settings });
  const original = describeDatabase(file);
  rmSync(file);
  expect(await rollBack(settings, point)).toEqual([]);
  expect(describeDatabase(file)).toBe(original);
  expect(ownFiles(join(file, '..'))).toEqual([]);
});

test('a damaged file stands aside until the operation is over', async () => {
  const file = makeDatabase();
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  DAMAGES['without its header']?.(file);
  const damaged = readFileSync(file);
  const from = await captureState(sqliteAdapter, { settings, previous: point });
  expect(from.problems).toMatchObject([{ object: `database ${file}`, code: 'STATE_UNREADABLE' }]);
  const attempt = await stageAttempt(1, settings, { from, to: point });
  expect(await attempt.apply()).toEqual([]);
  const aside = ownFiles(join(file, '..')).find((name) => name.endsWith('.old')) as string;
  expect(readFileSync(join(file, '..', aside)).equals(damaged)).toBe(true);
  expect(await attempt.apply()).toEqual([]);
  expect(await attempt.verify()).toEqual([]);
  await attempt.discard();
  expect(ownFiles(join(file, '..'))).toEqual([]);
});

test('content with pages of another size is put into a database with a log, and without one', async () => {
  for (const mode of ['wal', 'delete']) {
    const file = makeDatabase();
    const settings = { paths: [file] };
    const point = await captureState(sqliteAdapter, { settings });
    const original = describeDatabase(file);
    const other = join(createTemporaryDirectory(), 'other.db');
    sqlite(other, `PRAGMA page_size = 1024; PRAGMA journal_mode = ${mode}; CREATE TABLE u (a);`);
    copyFileSync(other, file);
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect(await rollBack(settings, point)).toEqual([]);
    expect(describeDatabase(file)).toBe(original);
  }
});

test('an empty file is a database like any other', async () => {
  const file = join(createTemporaryDirectory(), 'empty.db');
  writeFileSync(file, '');
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  sqlite(file, 'CREATE TABLE t (a);');
  expect(await rollBack(settings, point)).toEqual([]);
  expect(sqlite(file, 'SELECT count(*) FROM sqlite_schema;')).toBe('0');
});

test('a database that needs functions of its application is saved and put back all the same', async () => {
  const file = makeDatabase();
  sqlite(file, 'CREATE TABLE own (a); CREATE INDEX by_own ON own (upper(a)); INSERT INTO own VALUES (1);');
  // As if the function were the application's.
  sqlite(
    file,
    ".dbconfig defensive off\nPRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'upper', 'uppes') WHERE name = 'by_own';",
  );
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  expect(point.problems).toEqual([]);
  sqlite(file, 'DELETE FROM t;');
  expect(await rollBack(settings, point)).toEqual([]);
  expect(sqlite(file, 'SELECT count(*) FROM t;')).toBe('500');
  DAMAGES['with pages of noise']?.(file);
  const damaged = await captureState(sqliteAdapter, { settings, previous: point });
  expect(damaged.problems).toMatchObject([{ code: 'STATE_UNREADABLE' }]);
});
