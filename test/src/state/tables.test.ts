// What is said to who wants a table, or a database, where it can't be had.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSavepoint } from 'savepoint';
import { beforeEach, expect, test } from 'vitest';
import { sqlite } from '../../fixtures/sqlite-database.js';
import { createWorkspace, signalAtOnce, type Workspace } from '../cli/command-workspace.js';

let workspace: Workspace;

beforeEach(async () => {
  workspace = createWorkspace();
  const { directory, tree } = workspace;
  const file = join(directory, 'data.db');
  sqlite(file, "CREATE TABLE items (id INTEGER PRIMARY KEY, name); INSERT INTO items VALUES (1, 'one');");
  const components = {
    app: { kind: 'files', paths: [tree] },
    db: { kind: 'sqlite', paths: [file] },
  };
  writeFileSync(join(directory, 'savepoint.yaml'), JSON.stringify({ components }));
  expect(await workspace.run(['save', '--name', 'first'])).toMatchObject({ exitCode: 0 });
});

test.each([
  ['elsewhere', ['db:items', '--to', 'elsewhere']],
  ['beside other paths', ['app', 'db:items']],
])('a table that is restored %s is named as what it is, with what can be done', async (_, words) => {
  const { exitCode, stderr } = await workspace.run(['restore', 'first', ...words]);
  const wrong =
    /db:items is a table .* in place only.*'savepoint restore first db:items'.*'savepoint cat first db:items' prints/;
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(wrong)]);
  expect((await workspace.run(['restore', 'first', 'db:items'])).exitCode).toBe(0);
  expect((await workspace.run(['cat', 'first', 'db:items'])).stdout).toBe("1\t'one'\n");
});

test('the library says so, too', async () => {
  const savepoint = await openSavepoint({ store: workspace.store });
  await expect(savepoint.restore('first', { paths: ['db:items'] })).rejects.toMatchObject({
    ...{ code: 'USAGE', fields: { point: 'first', path: 'db:items' } },
  });
  await savepoint.close();
});

test.each([
  [['restore', 'first', 'db:items']],
  [['diff', 'first', 'live', 'db:items']],
  [['cat', 'first', 'db:items']],
  [['restore', 'first', 'db', '--as', 'other']],
])('%j is interrupted by a signal, and nothing is changed', async (words) => {
  const file = join(workspace.directory, 'data.db');
  sqlite(file, "UPDATE items SET name = 'two'");
  const env = signalAtOnce('SIGTERM');
  expect(await workspace.run(words, { env })).toMatchObject({ exitCode: 143, stdout: '' });
  expect(sqlite(file, 'SELECT name FROM items')).toBe('two');
});

test('a path that is no table is not there', async () => {
  const { exitCode, stderr } = await workspace.run(['restore', 'first', 'db:item', '--to', 'elsewhere']);
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('The point has no db:item')]);
});

test('what can be done of a database that can be made under no other name is said, and works', async () => {
  const { exitCode, stderr } = await workspace.run(['restore', 'first', 'db', '--as', 'other']);
  const advice =
    "in place only, as a whole by 'savepoint rollback first --component db --with-data', or in single tables, as by 'savepoint restore first db:items'; 'savepoint cat first db:items' prints one.";
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(advice)]);
  const whole = ['rollback', 'first', '--component', 'db', '--with-data', '--yes'];
  expect((await workspace.run(whole)).exitCode).toBe(0);
});

test('files go elsewhere in place of that', async () => {
  const { exitCode, stderr } = await workspace.run(['restore', 'first', 'app', '--as', 'other']);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("'savepoint restore first app --to DIR'")]);
  expect((await workspace.run(['restore', 'first', 'app', '--to', 'elsewhere'])).exitCode).toBe(0);
});
