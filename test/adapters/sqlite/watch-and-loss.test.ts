// What is told of databases that others write to: that they changed, and what going back would lose.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import { captureState, compareStates } from '../../fixtures/drive-adapter.js';
import { openSqlite, sqlite } from '../../fixtures/sqlite-database.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';

async function watchedDatabase(mode: string) {
  const directory = join(createTemporaryDirectory(), 'data');
  mkdirSync(directory);
  const file = join(directory, 'app.db');
  sqlite(file, `PRAGMA journal_mode = ${mode}; CREATE TABLE t (a);`);
  const settings = { paths: [file] };
  const heard: string[] = [];
  const watch = await sqliteAdapter.watch?.({ component: 'it', settings }, (object) => heard.push(object));
  onTestFinished(() => watch?.close());
  return { directory, file, settings, heard };
}

test.each(['wal', 'delete'])(
  'a write to a %s database is heard, and a capture of it is not',
  async (mode) => {
    const { file, settings, heard } = await watchedDatabase(mode);
    await captureState(sqliteAdapter, { settings });
    await captureState(sqliteAdapter, { settings });
    const writer = openSqlite(file);
    expect(heard).toEqual([]);
    await writer.ask('INSERT INTO t VALUES (1);');
    await waitFor(() => heard.includes(`database ${file}`), 'the first write');
    heard.length = 0;
    await writer.ask('INSERT INTO t VALUES (2);');
    await waitFor(() => heard.includes(`database ${file}`), 'the second write');
    await writer.close();
  },
);

test('a database is heard in a directory that was made anew', async () => {
  const { directory, file, heard } = await watchedDatabase('delete');
  rmSync(directory, { recursive: true });
  await waitFor(() => heard.length > 0, 'its end');
  mkdirSync(directory);
  heard.length = 0;
  sqlite(file, 'CREATE TABLE t (a);');
  await waitFor(() => heard.length > 0, 'its beginning');
  heard.length = 0;
  sqlite(file, 'INSERT INTO t VALUES (1);');
  await waitFor(() => heard.length > 0, 'a write');
});

test('what would be lost is told in a sentence for each database that was written to', async () => {
  const directory = createTemporaryDirectory();
  const [one, two, three] = ['one', 'two', 'three'].map((name) => join(directory, `${name}.db`)) as [
    string,
    string,
    string,
  ];
  for (const file of [one, two]) sqlite(file, 'CREATE TABLE t (a);');
  const settings = { paths: [join(directory, '*.db')] };
  const context = { component: 'it', settings };
  const point = await captureState(sqliteAdapter, { settings });
  expect(await sqliteAdapter.loss?.(point, context)).toEqual([]);
  sqlite(one, 'INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);');
  sqlite(three, 'CREATE TABLE t (a);');
  const loss = await sqliteAdapter.loss?.(point, context);
  expect(loss).toEqual([
    expect.stringMatching(
      /one\.db loses what was written since \S+Z, 2 transactions; it was last written to at \S+Z\.$/,
    ),
    expect.stringMatching(/three\.db is lost with all that is in it\.$/),
  ]);
  const now = await captureState(sqliteAdapter, { settings });
  const { notes, steps } = await compareStates(sqliteAdapter, { from: now, to: point }, { settings });
  expect(notes).toEqual(loss);
  expect(steps.map(({ do: verb }) => verb)).toEqual(['replace', 'remove']);
  expect((await sqliteAdapter.health?.(context))?.level).toBe('healthy');
});
