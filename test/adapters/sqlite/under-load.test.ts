// Databases that are written to, and read, while they are captured and rolled back.
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import { captureState, compareStates } from '../../fixtures/drive-adapter.js';
import { describeDatabase, openSqlite, sqlite } from '../../fixtures/sqlite-database.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { ownFiles, rollBack, stageAttempt } from './drive-sqlite.js';

/** Every transaction leaves as many rows in one table as in the other, and the sum of amounts at 0. */
const TABLES = `
CREATE TABLE debits (id INTEGER PRIMARY KEY, amount INTEGER, filling TEXT);
CREATE TABLE credits (id INTEGER PRIMARY KEY, amount INTEGER, filling TEXT);
INSERT INTO debits SELECT value, value, hex(randomblob(100)) FROM generate_series(1, 20000);
INSERT INTO credits SELECT id, -amount, filling FROM debits;`;

const BALANCE = `SELECT ((SELECT count(*) FROM debits) - (SELECT count(*) FROM credits))
  || ' ' || ((SELECT sum(amount) FROM debits) + (SELECT sum(amount) FROM credits));`;

function makeDatabase(journalMode: string): string {
  const file = join(createTemporaryDirectory(), 'bank.db');
  sqlite(file, `PRAGMA journal_mode = ${journalMode}; ${TABLES}`);
  return file;
}

/** Writes one transaction after the other until it is closed. */
function startWriter(file: string) {
  const writer = openSqlite(file);
  let [isOver, count] = [false, 0];
  const writing = (async () => {
    await writer.ask('.timeout 60000');
    while (!isOver) {
      await writer.ask(
        `BEGIN IMMEDIATE; INSERT INTO debits (amount, filling) VALUES (${count + 1}, 'load');
         INSERT INTO credits (amount, filling) VALUES (${-count - 1}, 'load'); COMMIT;`,
      );
      count++;
    }
    await writer.close();
  })();
  return {
    written: () => count,
    async stop() {
      isOver = true;
      await writing;
    },
  };
}

const MODES = ['wal', 'delete'];

test.each(MODES)('a copy of a %s database is of one instant while others write', async (mode) => {
  const file = makeDatabase(mode);
  const settings = { paths: [file] };
  const writer = startWriter(file);
  await waitFor(() => writer.written() > 5, 'the writer');
  const before = writer.written();
  const state = await captureState(sqliteAdapter, { settings });
  await waitFor(() => writer.written() > before + 2, 'the writer to go on');
  await writer.stop();
  const copy = join(createTemporaryDirectory(), 'copy.db');
  writeFileSync(copy, state.documents.get(`state/databases${file}/content`) as Uint8Array);
  expect(sqlite(copy, `PRAGMA integrity_check; ${BALANCE}`)).toBe('ok\n0 0');
});

test.each(MODES)('a %s database that is written to all the time goes back whole', async (mode) => {
  const file = makeDatabase(mode);
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  sqlite(
    file,
    'DELETE FROM credits WHERE id % 2 = 0; DELETE FROM debits WHERE id % 2 = 0; CREATE TABLE wrong (a);',
  );
  const writer = startWriter(file);
  await waitFor(() => writer.written() > 2, 'the writer');
  const from = await captureState(sqliteAdapter, { settings });
  const attempt = await stageAttempt(1, settings, { from, to: point });
  const before = writer.written();
  await waitFor(() => writer.written() > before, 'a write after the safety point');
  expect(await attempt.apply()).toEqual([]);
  expect(await attempt.verify()).toEqual([]);
  const afterwards = writer.written();
  await waitFor(() => writer.written() > afterwards + 2, 'the writer to go on');
  await writer.stop();
  const found = sqlite(
    file,
    `PRAGMA integrity_check; ${BALANCE} SELECT count(*) FROM debits WHERE filling <> 'load';
     SELECT count(*) FROM sqlite_schema WHERE name = 'wrong';`,
  );
  expect(found).toBe('ok\n0 0\n20000\n0');
  // What was written between safety point and exchange is in no point.
  await expect(attempt.discard()).rejects.toMatchObject({ code: 'INCOMPLETE' });
  const [kept] = ownFiles(join(file, '..'));
  const aside = join(file, '..', kept as string);
  expect(sqlite(aside, `${BALANCE} SELECT count(*) FROM wrong;`)).toBe('0 0\n0');
  // Each write is in the one or in the other.
  const loads = [aside, file].map((each) =>
    Number(sqlite(each, "SELECT count(*) FROM debits WHERE filling = 'load';")),
  );
  expect((loads[0] as number) + (loads[1] as number)).toBe(writer.written());
});

test.each(MODES)(
  'a program that has a %s database open sees the old content or the new one',
  async (mode) => {
    const file = makeDatabase(mode);
    const settings = { paths: [file] };
    const point = await captureState(sqliteAdapter, { settings });
    const original = describeDatabase(file);
    sqlite(file, "UPDATE debits SET filling = 'new'; UPDATE credits SET filling = 'new';");
    const reader = openSqlite(file);
    await reader.ask('.timeout 60000');
    const seen = new Set<string>();
    let isOver = false;
    const reading = (async () => {
      while (!isOver)
        seen.add(
          await reader.ask(
            "SELECT (SELECT count(*) FROM debits WHERE filling = 'new') || ' ' || (SELECT count(*) FROM credits WHERE filling = 'new');",
          ),
        );
    })();
    expect(await rollBack(settings, point)).toEqual([]);
    await waitFor(() => seen.has('0 0'), 'the reader to see the new content');
    isOver = true;
    await reading;
    await reader.close();
    expect([...seen].sort()).toEqual(['0 0', '20000 20000']);
    expect(describeDatabase(file)).toBe(original);
    expect(ownFiles(join(file, '..'))).toEqual([]);
  },
);

test('an unchanged database is the same bytes, whatever was counted meanwhile', async () => {
  const file = makeDatabase('wal');
  const settings = { paths: [file] };
  const first = await captureState(sqliteAdapter, { settings });
  sqlite(
    file,
    'BEGIN; UPDATE debits SET amount = amount; COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA schema_version = 77;',
  );
  const second = await captureState(sqliteAdapter, { settings });
  for (const [path, content] of first.documents)
    if (path.startsWith('state/'))
      expect(second.documents.get(path)?.toString() === content.toString()).toBe(true);
});

test('another journal mode is no other content, and goes back without it', async () => {
  const file = makeDatabase('delete');
  const settings = { paths: [file] };
  const point = await captureState(sqliteAdapter, { settings });
  sqlite(file, 'PRAGMA journal_mode = wal;');
  const from = await captureState(sqliteAdapter, { settings });
  const content = `state/databases${file}/content`;
  expect(from.text(content) === point.text(content)).toBe(true);
  const { steps } = await compareStates(sqliteAdapter, { from, to: point }, { settings });
  expect(steps).toMatchObject([{ do: 'set', text: `put back journal mode of database ${file}` }]);
  expect(await rollBack(settings, point)).toEqual([]);
  expect(sqlite(file, 'PRAGMA journal_mode;')).toBe('delete');
});

test('a database in a directory that was made anew goes back with its mode and its journal mode', async () => {
  const directory = join(createTemporaryDirectory(), 'sub');
  mkdirSync(directory);
  const file = join(directory, 'it\'s a "database", ä; 100%.db');
  sqlite(file, 'PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1);');
  const settings = { paths: [join(directory, '*.db')] };
  const point = await captureState(sqliteAdapter, { settings });
  const original = describeDatabase(file);
  sqlite(file, 'PRAGMA journal_mode = delete; DROP TABLE t;');
  expect(await rollBack(settings, point)).toEqual([]);
  expect(describeDatabase(file)).toBe(original);
});

test('a database that nobody has written to for a while is not read again', async () => {
  const file = makeDatabase('delete');
  const settings = { paths: [file] };
  const long = new Date(Date.now() - 60_000);
  utimesSync(file, long, long);
  const first = await captureState(sqliteAdapter, { settings });
  chmodSync(file, 0o640);
  // No program is asked.
  const second = await captureState(sqliteAdapter, {
    settings: { ...settings, program: '/nowhere' },
    previous: first,
  });
  const [content, record] = ['content', 'database.json'].map((name) => `state/databases${file}/${name}`) as [
    string,
    string,
  ];
  expect(second.documents.get(content) === first.documents.get(content)).toBe(true);
  expect(JSON.parse(second.text(record) as string)).toEqual({
    ...JSON.parse(first.text(record) as string),
    mode: 0o640,
  });
  sqlite(file, 'DELETE FROM debits WHERE id = 1;');
  const third = await captureState(sqliteAdapter, { settings, previous: second });
  expect(third.text(content)).not.toBe(first.text(content));
});
