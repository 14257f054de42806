// What keeps databases from being captured or put back, and what is said of it.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import type { JsonObject } from '#adapters/state/state-adapter.js';
import { captureState } from '../../fixtures/drive-adapter.js';
import { runCommand } from '../../fixtures/run-command.js';
import { describeDatabase, openSqlite, sqlite } from '../../fixtures/sqlite-database.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { ownFiles, rollBack, stageAttempt } from './drive-sqlite.js';

const CONTEXT = { component: 'it' };

function makeDatabase(sql = 'CREATE TABLE t (a); INSERT INTO t VALUES (1);'): string {
  const file = join(createTemporaryDirectory(), 'app.db');
  sqlite(file, sql);
  return file;
}

async function failure(settings: JsonObject) {
  return captureState(sqliteAdapter, { settings }).then(
    () => undefined,
    (error: { code: string; message: string }) => error,
  );
}

test('a database that others hold for longer than they may is busy', async () => {
  const file = makeDatabase();
  const settings = { paths: [file], busyTimeout: '200ms' };
  const point = await captureState(sqliteAdapter, { settings });
  sqlite(file, 'DELETE FROM t;');
  const from = await captureState(sqliteAdapter, { settings });
  const attempt = await stageAttempt(1, settings, { from, to: point });
  const holder = openSqlite(file);
  await holder.ask('BEGIN EXCLUSIVE;');
  const found = await failure(settings);
  expect(found?.code).toBe('STATE_BUSY');
  expect(found?.message).toContain(file);
  expect(await attempt.apply()).toMatchObject([{ object: `database ${file}`, code: 'STATE_BUSY' }]);
  expect(await sqliteAdapter.health?.({ ...CONTEXT, settings })).toMatchObject({
    level: 'critical',
    problems: [{ code: 'STATE_BUSY' }],
  });
  await holder.ask('COMMIT;');
  await holder.close();
  expect(await attempt.apply()).toEqual([]);
  expect(sqlite(file, 'SELECT a FROM t;')).toBe('1');
  await attempt.discard();
  expect(ownFiles(join(file, '..'))).toEqual([]);
});

test('a writer that does not end keeps a database with a log as it is', async () => {
  const file = makeDatabase('PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1);');
  const settings = { paths: [file], busyTimeout: 0.2 };
  const point = await captureState(sqliteAdapter, { settings });
  const writer = openSqlite(file);
  await writer.ask('BEGIN IMMEDIATE; DELETE FROM t;');
  // What is not committed is not there.
  const during = await captureState(sqliteAdapter, { settings });
  expect(during.text(`state/databases${file}/content`)).toBe(point.text(`state/databases${file}/content`));
  await writer.ask('COMMIT; BEGIN IMMEDIATE;');
  const from = await captureState(sqliteAdapter, { settings });
  const attempt = await stageAttempt(1, settings, { from, to: point });
  expect(await attempt.apply()).toMatchObject([{ code: 'STATE_BUSY' }]);
  await attempt.discard();
  await writer.ask('COMMIT;');
  await writer.close();
  expect(sqlite(file, 'SELECT count(*) FROM t;')).toBe('0');
  expect(ownFiles(join(file, '..'))).toEqual([]);
});

test('a file that is no database, and one that is not there, are said to be so', async () => {
  const directory = createTemporaryDirectory();
  const text = join(directory, 'text.db');
  writeFileSync(text, 'This is a text, and longer than any header of a database would be. '.repeat(10));
  expect((await failure({ paths: [text] }))?.code).toBe('STATE_UNREADABLE');
  expect((await failure({ paths: [join(directory, 'none.db')] }))?.code).toBe('STATE_UNREADABLE');
  // A pattern passes over what is none.
  expect(
    (await captureState(sqliteAdapter, { settings: { paths: [join(directory, '*')] } })).documents.size,
  ).toBe(0);
});

test('a program that is not there is named with the way to get it', async () => {
  const found = await failure({ paths: [makeDatabase()], program: '/nowhere/sqlite3' });
  expect(found?.code).toBe('PROGRAM_MISSING');
  expect(found?.message).toMatch(/\/nowhere\/sqlite3.*Debian: sqlite3/);
});

test.each<[string, JsonObject]>([
  ['no paths', {}],
  ['an empty list', { paths: [] }],
  ['a relative path', { paths: ['app.db'] }],
  ['a pattern for directories', { paths: ['/var/*/app.db'] }],
  ['a directory', { paths: ['/var/lib/'] }],
  ['a program without a path', { paths: ['/a.db'], program: 'sqlite3' }],
  ['no duration', { paths: ['/a.db'], busyTimeout: 'long' }],
])('settings with %s are refused', async (_, settings) => {
  expect((await failure(settings))?.code).toBe('CONFIG_INVALID');
});

test('another user without permission is told so, and changes nothing', async () => {
  const file = makeDatabase();
  const settings = { paths: [file] };
  chmodSync(file, 0o600);
  chmodSync(join(file, '..'), 0o755);
  const program = `
    const { sqliteAdapter } = await import(process.argv[1]);
    const context = { component: 'it', settings: JSON.parse(process.argv[2]), previous: async () => undefined, scratch: () => '/nowhere', report() {} };
    try { for await (const _ of sqliteAdapter.capture(context)); } catch (error) { console.log(error.code, error.message); }`;
  const module = import.meta.resolve('#adapters/sqlite/sqlite-adapter.js');
  const words = [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    process.execPath,
    '--input-type=module',
    '-e',
    program,
  ];
  const { stdout } = await runCommand('setpriv', [...words, module, JSON.stringify(settings)]);
  expect(stdout).toMatch(/^PERMISSION_DENIED .*app\.db/);
});

test('a rollback to content that the point has otherwise than it was captured is refused', async () => {
  const file = makeDatabase();
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  sqlite(file, 'DELETE FROM t;');
  const now = describeDatabase(file);
  (point.documents.get(`state/databases${file}/content`) as Uint8Array)[5000] ^= 1;
  await expect(rollBack(settings, point)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
  expect(describeDatabase(file)).toBe(now);
});

test('two rollbacks of one database at once are one too many', async () => {
  const file = makeDatabase();
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  sqlite(file, 'DELETE FROM t;');
  const from = await captureState(sqliteAdapter, { settings });
  const attempt = await stageAttempt(1, settings, { from, to: point });
  const { steps } = await sqliteAdapter.compare(
    { from, to: point, changed: [...point.documents.keys()], files: [], dependencies: [] },
    { ...CONTEXT, settings },
  );
  const other = { ...CONTEXT, settings, attempt: 'other-1', staging: () => '/nowhere', from, to: point };
  await expect(sqliteAdapter.stage(steps, other)).rejects.toMatchObject({ code: 'LOCKED' });
  await attempt.discard();
});
