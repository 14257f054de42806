// Single tables of a MariaDB database: looked at, compared row by row, and put back alone.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ClientSession } from '#adapters/mariadb/client-session.js';
import { mariadbAdapter } from '#adapters/mariadb/mariadb-adapter.js';
import { readMariadbSettings } from '#adapters/mariadb/mariadb-settings.js';
import { accessServer } from '#adapters/mariadb/server-access.js';
import type { StateTables } from '#adapters/state/state-tables.js';
import { commitAsStopped } from '../../fixtures/commit-as-stopped.js';
import { captureState, type DrivenState } from '../../fixtures/drive-adapter.js';
import { type MariadbServer, startMariadb } from '../../fixtures/mariadb-server.js';
import { waitFor } from '../../fixtures/wait-for.js';

const tables = mariadbAdapter.tables as StateTables;

let server: MariadbServer;
let point: DrivenState;
beforeAll(async () => {
  server = await startMariadb(['--max-allowed-packet=1M']);
});
afterAll(() => server.close());
beforeEach(async () => {
  server.query(SCENE);
  point = await captureState(mariadbAdapter, { settings: { url: server.url('shop') } });
});

const SCENE = `DROP DATABASE IF EXISTS shop; CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
CREATE TABLE goods (id INT PRIMARY KEY, name VARCHAR(50), picture BLOB, price DOUBLE, twice DOUBLE AS (price * 2),
  changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6));
INSERT INTO goods (id, name, picture, price) SELECT seq, CONCAT('n', seq), UNHEX(HEX(seq)), seq / 3 FROM seq_1_to_500;
UPDATE goods SET name = 'a tab\\t, a line\\nend, a backslash \\\\ and a quote ''', picture = UNHEX('FF00FE') WHERE id = 7;
UPDATE goods SET name = NULL, picture = NULL WHERE id = 8; UPDATE goods SET name = 'NULL', picture = '' WHERE id = 9;
CREATE TABLE orders (id INT PRIMARY KEY, good INT, FOREIGN KEY (good) REFERENCES goods (id) ON DELETE CASCADE);
INSERT INTO orders VALUES (1, 7), (2, 8);
CREATE TABLE plain (text VARCHAR(20)); INSERT INTO plain VALUES ('a'), ('A'), ('a'), (NULL);
CREATE TABLE seen (id INT PRIMARY KEY); INSERT INTO seen VALUES (1);
CREATE TRIGGER sees BEFORE INSERT ON seen FOR EACH ROW SET NEW.id = NEW.id;
CREATE TABLE old_style (id INT PRIMARY KEY) ENGINE=MyISAM;`;

const access = () => accessServer('it', readMariadbSettings(context()));
const context = () => ({ component: 'it', settings: { url: server.url('shop') } });

function rowsOf(table: string): string {
  return server.query(`SELECT * FROM ${table} ORDER BY 1`, 'shop');
}

test('a table that waits for its rows to be free is given up, and is as it was', async () => {
  server.query("UPDATE goods SET name = 'x' WHERE id = 1", 'shop');
  const before = rowsOf('goods');
  const holder = await ClientSession.open(access(), { database: 'shop' });
  await holder.run('START TRANSACTION');
  await holder.run('SELECT * FROM goods FOR UPDATE');
  const controller = new AbortController();
  const restoring = expect(
    tables.restore('goods', point, { ...context(), signal: controller.signal }),
  ).rejects.toMatchObject({ code: 'ABORTED' });
  // What InnoDB says of its locks is not made anew for who asks often.
  const waiting =
    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Query' AND INFO LIKE '%FOR UPDATE%' AND ID <> CONNECTION_ID()";
  await waitFor(() => server.query(waiting).includes('1'), 'the lock');
  controller.abort();
  await restoring;
  await holder.run('ROLLBACK');
  await holder.close();
  expect(rowsOf('goods')).toBe(before);
});

test.each([
  ['is not committed where it is to be stopped before its COMMIT', false],
  ['is committed where it is to be stopped after that', true],
])('a transaction %s', async (_, isLate) => {
  const before = rowsOf('plain');
  const controller = new AbortController();
  const session = await ClientSession.open(access(), { database: 'shop', signal: controller.signal });
  await session.run('START TRANSACTION');
  await session.run('DELETE FROM plain');
  await commitAsStopped(session, { stop: () => controller.abort(), isLate });
  expect(rowsOf('plain')).toBe(isLate ? '' : before);
});

test('tables are listed by their names, and their rows read as text', async () => {
  expect(await tables.list(point)).toEqual(['goods', 'old_style', 'orders', 'plain', 'seen']);
  const pieces: Uint8Array[] = [];
  for await (const piece of tables.read('goods', point)) pieces.push(piece);
  const lines = Buffer.concat(pieces).toString().split('\n');
  expect(lines[6]?.split('\t').slice(0, 3)).toEqual([
    ...['7', "=a tab\\t, a line\\nend, a backslash \\\\ and a quote '", '0xFF00FE'],
  ]);
  expect(lines[7]?.split('\t').slice(0, 3)).toEqual(['8', 'NULL', 'NULL']);
  expect(lines[8]?.split('\t').slice(0, 3)).toEqual(['9', '=NULL', '0x']);
  expect(Number(lines[9]?.split('\t')[3])).toBe(
    Number(server.query('SELECT price * 1e0 FROM goods WHERE id = 10', 'shop')),
  );
});

test('a table is told apart from the live one by rows that were added, removed and changed', async () => {
  server.query(
    "DELETE FROM orders; UPDATE goods SET name = 'x', changed = changed WHERE id = 7; DELETE FROM goods WHERE id = 8; INSERT INTO goods (id) VALUES (900)",
    'shop',
  );
  const found = await tables.compare('goods', { before: point, after: 'live' }, context());
  expect(found.key).toEqual(['id']);
  expect([found.added, found.removed].map((rows) => rows.map(([id]) => id))).toEqual([['900'], ['8']]);
  expect(found.changed.map(({ before, after }) => [before.slice(0, 3), after.slice(0, 3)])).toEqual([
    [
      ['7', "a tab\t, a line\nend, a backslash \\ and a quote '", '0xFF00FE'],
      ['7', 'x', '0xFF00FE'],
    ],
  ]);
});

test('only rows that differ are touched, whatever the server sets by itself', async () => {
  const before = rowsOf('goods');
  server.query(
    `UPDATE goods SET name = 'x', picture = 'y' WHERE id IN (7, 9, 100); DELETE FROM goods WHERE id > 400;
    INSERT INTO goods (id, name) VALUES (900, 'new')`,
    'shop',
  );
  const { added, removed, changed } = await tables.restore('goods', point, context());
  expect([added.length, removed.length, changed.length]).toEqual([100, 1, 3]);
  expect(rowsOf('goods')).toBe(before);
  expect(rowsOf('orders')).toBe('1\t7\n2\t8');
});

test('rows without a key are put back as they were, however often each was there', async () => {
  server.query("UPDATE plain SET text = 'A'; INSERT INTO plain VALUES ('b')", 'shop');
  await tables.restore('plain', point, context());
  expect(server.query('SELECT HEX(text) FROM plain ORDER BY 1', 'shop')).toBe('NULL\n41\n61\n61');
});

test('rows that others refer to do not go, and nothing is changed then', async () => {
  server.query('INSERT INTO goods (id) VALUES (900); INSERT INTO orders VALUES (3, 900)', 'shop');
  const before = rowsOf('goods');
  await expect(tables.restore('goods', point, context())).rejects.toMatchObject({
    ...{ code: 'UNSUPPORTED', fields: { constraint: expect.stringContaining('orders') as unknown } },
  });
  expect([rowsOf('goods'), rowsOf('orders')]).toEqual([before, '1\t7\n2\t8\n3\t900']);
});

test('a table whose triggers would fire, or that knows no transactions, or has other columns, is refused', async () => {
  server.query(
    'INSERT INTO seen VALUES (2); INSERT INTO old_style VALUES (2); ALTER TABLE plain ADD COLUMN more INT',
    'shop',
  );
  for (const name of ['seen', 'old_style', 'plain'])
    await expect(tables.restore(name, point, context())).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await expect(tables.restore('none', point, context())).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  expect(rowsOf('seen')).toBe('1\n2');
});

test('a value that the server is too small to give is no NULL, but a refusal', async () => {
  server.query(
    "CREATE TABLE large (id INT PRIMARY KEY, b LONGBLOB); INSERT INTO large VALUES (1, REPEAT('x', 700000))",
    'shop',
  );
  await expect(captureState(mariadbAdapter, { settings: { url: server.url('shop') } })).rejects.toMatchObject(
    {
      ...{ code: 'UNSUPPORTED', fields: { table: 'large' } },
    },
  );
});
