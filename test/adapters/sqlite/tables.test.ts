// Single tables of SQLite databases: read, compared, and put back alone.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import { SqliteSession } from '#adapters/sqlite/sqlite-session.js';
import type { StateTables } from '#adapters/state/state-tables.js';
import { commitAsStopped } from '../../fixtures/commit-as-stopped.js';
import { captureState, type DrivenState } from '../../fixtures/drive-adapter.js';
import { sqlite } from '../../fixtures/sqlite-database.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const tables = sqliteAdapter.tables as StateTables;

const TABLES = `
CREATE TABLE "odd ""name" (id INTEGER PRIMARY KEY, "b ""c" , d TEXT);
INSERT INTO "odd ""name" VALUES (3, 'it''s', 'a tab ' || char(9) || ', an end ' || char(10) || ', a \\n'), (1, x'00ff', 'nul ' || char(0) || '!'),
  (2, 9e999, ''), (10, 0.1, NULL), (11, 1, '1'), (12, -1.5e300, 'ä€𝄞');
CREATE TABLE notes (text);
INSERT INTO notes VALUES ('b'), ('a'), ('a'), (1), ('1');
CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
INSERT INTO parents VALUES (1, 'one'), (2, 'two');
CREATE TABLE children (id INTEGER PRIMARY KEY, parent REFERENCES parents (id) ON DELETE CASCADE);
INSERT INTO children VALUES (1, 1);
CREATE TABLE pairs (a, b, c, total AS (a || b) STORED, PRIMARY KEY (b, a)) WITHOUT ROWID;
INSERT INTO pairs VALUES (2, 1, 'x'), (1, 2, 'y'), (1, 1, 'z');
CREATE TABLE log (line);
CREATE TRIGGER fires AFTER INSERT ON notes BEGIN INSERT INTO log VALUES ('fired'); END;
CREATE VIRTUAL TABLE search USING fts5 (body);`;

async function makeDatabase() {
  const file = join(createTemporaryDirectory(), 'app.db');
  sqlite(file, TABLES);
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  return { file, point, context: { component: 'it', settings } };
}

async function readText(name: string, reader: DrivenState): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of tables.read(name, reader)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

const dump = (file: string, table: string) => sqlite(file, `.dump ${table}`);

test('a transaction that is to be stopped is committed from its COMMIT on, and not before', async () => {
  const { file } = await makeDatabase();
  const count = () => sqlite(file, 'SELECT count(*) FROM log');
  for (const [isLate, rows] of [
    [false, '0'],
    [true, '1'],
  ] as const) {
    const { signal, abort } = stopping();
    const access = { component: 'it', program: undefined, busyTimeoutMs: 0, signal };
    const session = await SqliteSession.open(access, file);
    await session.run("BEGIN IMMEDIATE; INSERT INTO log VALUES ('in')");
    await commitAsStopped(session, { stop: abort, isLate });
    expect(count()).toBe(rows);
  }
});

function stopping() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test('tables of the user are listed by name, and with their path where there are several databases', async () => {
  const { file, point } = await makeDatabase();
  const all = ['children', 'log', 'notes', 'odd "name', 'pairs', 'parents'];
  expect(await tables.list(point)).toEqual(all);
  const other = `${file}2`;
  sqlite(other, 'CREATE TABLE t (a);');
  const both = await captureState(sqliteAdapter, { settings: { paths: [file, other] } });
  expect(await tables.list(both)).toContain(`${other.slice(1)}/t`);
  expect(await readText(`${file}/notes`, both)).toBe(await readText('notes', point));
  await expect(readText('none', point)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('rows are read in the order of their key, each value as a literal that can be read back', async () => {
  const { point } = await makeDatabase();
  const lines = (await readText('odd "name', point)).split('\n');
  expect(lines).toEqual([
    "1\tX'00FF'\tCAST(X'6E756C200021' AS TEXT)",
    "2\t9e999\t''",
    "3\t'it''s'\t'a tab \\t, an end \\n, a \\\\n'",
    '10\t0.1\tNULL',
    "11\t1\t'1'",
    "12\t-1.5e+300\t'ä€𝄞'",
    '',
  ]);
  expect(await readText('pairs', point)).toBe("1\t1\t'z'\n2\t1\t'x'\n1\t2\t'y'\n");
  expect(await readText('notes', point)).toBe("'b'\n'a'\n'a'\n1\n'1'\n");
  expect(await readText('log', point)).toBe('');
});

test('a point is compared with what is live, and with another point, by keys and by values', async () => {
  const { file, point, context } = await makeDatabase();
  sqlite(
    file,
    `UPDATE "odd ""name" SET d = 'new' WHERE id = 3; DELETE FROM "odd ""name" WHERE id = 10; INSERT INTO "odd ""name" VALUES (13, 1, NULL);
     DELETE FROM notes WHERE rowid = 2; UPDATE notes SET text = 1 WHERE text = '1';`,
  );
  const later = await captureState(sqliteAdapter, context);
  for (const after of ['live', later] as const) {
    const difference = await tables.compare('odd "name', { before: point, after }, context);
    expect(difference).toEqual({
      columns: ['id', 'b "c', 'd'],
      key: ['id'],
      added: [['13', '1', null]],
      removed: [['10', '0.1', null]],
      changed: [{ before: ['3', "it's", 'a tab \t, an end \n, a \\n'], after: ['3', "it's", 'new'] }],
    });
    const { added, removed, changed } = await tables.compare(
      'notes',
      { before: after, after: point },
      context,
    );
    expect([[...added].sort(), removed, changed]).toEqual([[['1'], ['a']], [['1']], []]);
  }
});

test.each(['notes', 'odd "name', 'pairs'])(
  'the table %s is put back alone, and no trigger fires',
  async (name) => {
    const { file, point, context } = await makeDatabase();
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const original = await readText(name, point);
    sqlite(
      file,
      `DELETE FROM ${quoted}; INSERT INTO notes VALUES ('new'), ('new'), ('1'); INSERT OR REPLACE INTO pairs VALUES (1, 1, 'changed'), (5, 5, 5);
     INSERT OR REPLACE INTO "odd ""name" VALUES (3, 3, 3); DELETE FROM log; CREATE TABLE IF NOT EXISTS other (a);`,
    );
    const difference = await tables.restore(name, point, context);
    expect(difference.added.length + difference.removed.length + difference.changed.length).toBeGreaterThan(
      0,
    );
    const now = await captureState(sqliteAdapter, context);
    const sorted = (text: string) => text.split('\n').sort();
    expect(sorted(await readText(name, now))).toEqual(sorted(original));
    expect(
      sqlite(file, 'SELECT count(*) FROM log; SELECT count(*) FROM other; PRAGMA integrity_check;'),
    ).toBe('0\n0\nok');
    // The trigger is still there.
    sqlite(file, "INSERT INTO notes VALUES ('more');");
    expect(sqlite(file, 'SELECT count(*) FROM log;')).toBe('1');
    expect((await tables.restore(name, now, context)).changed).toEqual([]);
  },
);

test('rows that others refer to do not go, and rows that refer to none do not come', async () => {
  const { file, point, context } = await makeDatabase();
  sqlite(file, "INSERT INTO parents VALUES (3, 'three'); INSERT INTO children VALUES (3, 3);");
  const before = dump(file, 'parents') + dump(file, 'children');
  const refused = { code: 'UNSUPPORTED', fields: { dependant: 'children', parent: 'parents' } };
  await expect(tables.restore('parents', point, context)).rejects.toMatchObject(refused);
  expect(dump(file, 'parents') + dump(file, 'children')).toBe(before);
  sqlite(file, 'DELETE FROM children; DELETE FROM parents;');
  await expect(tables.restore('children', point, context)).rejects.toMatchObject(refused);
  // One after the other, they can.
  await tables.restore('parents', point, context);
  await tables.restore('children', point, context);
  expect(sqlite(file, 'SELECT count(*) FROM children; PRAGMA foreign_key_check;')).toBe('1');
});

test('values that are unique may be exchanged between rows', async () => {
  const { file, point, context } = await makeDatabase();
  sqlite(
    file,
    "UPDATE parents SET name = 'x' WHERE id = 1; UPDATE parents SET name = 'one' WHERE id = 2; UPDATE parents SET name = 'two' WHERE id = 1;",
  );
  expect((await tables.restore('parents', point, context)).changed.length).toBe(2);
  expect(sqlite(file, 'SELECT * FROM parents; SELECT * FROM children;')).toBe('1|one\n2|two\n1|1');
});

test('a table with other columns, or that is gone, is refused', async () => {
  const { file, point, context } = await makeDatabase();
  sqlite(file, 'ALTER TABLE notes ADD COLUMN more; DROP TABLE log;');
  for (const name of ['notes', 'log'])
    await expect(tables.restore(name, point, context)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  expect(sqlite(file, 'SELECT count(*) FROM notes;')).toBe('5');
});
