// Rollbacks of a database that a client keeps writing to: money is moved in transactions, and none is ever lost or made.
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptNames } from '#adapters/database/attempt-names.js';
import { mariadbAdapter } from '#adapters/mariadb/mariadb-adapter.js';
import { beginAttempt } from '../../fixtures/adapter-attempt.js';
import { captureState, type DrivenState } from '../../fixtures/drive-adapter.js';
import { type MariadbServer, startMariadb } from '../../fixtures/mariadb-server.js';
import { waitFor } from '../../fixtures/wait-for.js';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
  server.query(SCENE);
});
afterAll(() => server.close());

const ACCOUNTS = 200;
const TOTAL = String(ACCOUNTS * 100);
const SCENE = `CREATE DATABASE bank; USE bank;
CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL);
INSERT INTO accounts SELECT seq, 100 FROM seq_1_to_${ACCOUNTS};
CREATE TABLE moves (id INT AUTO_INCREMENT PRIMARY KEY, source INT, target INT, FOREIGN KEY (source) REFERENCES accounts (id));
CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(20));
CREATE TRIGGER noted AFTER INSERT ON moves FOR EACH ROW INSERT INTO notes (text) VALUES (NEW.target);
CREATE VIEW total AS SELECT SUM(balance) AS sum FROM accounts;
DELIMITER //
CREATE PROCEDURE move(source INT, target INT) BEGIN
  START TRANSACTION;
  UPDATE accounts SET balance = balance - 1 WHERE id = source;
  UPDATE accounts SET balance = balance + 1 WHERE id = target;
  INSERT INTO moves (source, target) VALUES (source, target);
  COMMIT;
END//
DELIMITER ;`;

/** Moves money until it is stopped, whatever becomes of its connection. */
function startLoad() {
  const [program, ...args] = server.client('bank');
  const client = spawn(program, [...args, '--force', '--reconnect', '-n'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [moved, stopped] = [0, false];
  const send = () => {
    if (stopped) return;
    const [from, to] = [1 + (moved % ACCOUNTS), 1 + ((moved * 7 + 3) % ACCOUNTS)];
    // One statement: where its connection is cut, nothing of it is done by the next one.
    client.stdin.write(`CALL move(${from}, ${to}); SELECT 1;\n`);
  };
  client.stdout.on('data', () => {
    moved++;
    send();
  });
  // An answer may be lost with its connection.
  client.stderr.on('data', send);
  client.stdin.on('error', () => {});
  send();
  return {
    count: () => moved,
    async stop() {
      stopped = true;
      const ended = new Promise((resolve) => client.on('exit', resolve));
      client.stdin.end();
      await ended;
    },
  };
}

/** Of a table in documents, the values of one column. */
function valuesIn(state: DrivenState, table: string, column: number): number[] {
  const root = `state/databases/bank/tables/${table}`;
  const names = (state.text(`${root}/order`) ?? '').split('\n').filter((line) => line !== '');
  const text = names.map((line) => state.text(`${root}/rows/${line.split(' ')[0]}`)).join('');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split('\t')[column]));
}

function checksums(database: string): string[] {
  const lines = server.query(`CHECKSUM TABLE accounts, moves, notes`, database).split('\n');
  return lines.map((line) => line.split('\t')[1] as string);
}

test('a point taken under load is of one instant, and is what a rollback under load makes of the database', async () => {
  const settings = { url: server.url('bank'), drain: '1s' };
  const load = startLoad();
  await waitFor(() => load.count() > 50, 'some transactions');
  const point = await captureState(mariadbAdapter, { settings });
  expect(valuesIn(point, 'accounts', 1).reduce((sum, value) => sum + value, 0)).toBe(Number(TOTAL));
  expect(valuesIn(point, 'moves', 0)).toHaveLength(valuesIn(point, 'notes', 0).length);
  const after = load.count() + 50;
  await waitFor(() => load.count() > after, 'more transactions');
  const attempt = await beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'load-1' });
  const before = load.count() + 20;
  await waitFor(() => load.count() > before, 'transactions that are in no point');
  expect([await attempt.stop(), await attempt.apply(), await attempt.verify()]).toEqual([[], [], []]);
  const exchanged = load.count() + 20;
  await waitFor(() => load.count() > exchanged, 'the client to go on');
  await load.stop();
  const { aside } = attemptNames('load-1', 'bank');
  expect(server.query('SELECT sum FROM total', 'bank')).toBe(TOTAL);
  expect(server.query('SELECT (SELECT COUNT(*) FROM moves) - (SELECT COUNT(*) FROM notes)', 'bank')).toBe(
    '0',
  );
  // What was written behind the safety point's back is not thrown away.
  await expect(attempt.discard()).rejects.toMatchObject({ code: 'INCOMPLETE', fields: { keptAs: aside } });
  expect(server.query('SELECT SUM(balance) FROM accounts', aside)).toBe(TOTAL);
  server.query(`DROP DATABASE ${aside}`);
});

test('a rollback that nobody writes behind leaves the tables of the point, and nothing of its own', async () => {
  const settings = { url: server.url('bank') };
  const point = await captureState(mariadbAdapter, { settings });
  server.query('UPDATE accounts SET balance = 0 WHERE id < 10; DELETE FROM notes; DROP VIEW total;', 'bank');
  const attempt = await beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'calm-1' });
  const copy = checksums(attemptNames('calm-1', 'bank').staged);
  await attempt.stop();
  await attempt.apply();
  expect(await attempt.verify()).toEqual([]);
  expect(checksums('bank')).toEqual(copy);
  await attempt.discard();
  expect(server.query("SHOW DATABASES LIKE 'savepoint%'")).toBe('');
  const again = await captureState(mariadbAdapter, { settings });
  const isState = ([path]: readonly [string, unknown]) => path.startsWith('state/');
  expect(new Map([...again.documents].filter(isState))).toEqual(
    new Map([...point.documents].filter(isState)),
  );
});

test('a transaction that does not end is cut off, and what it holds is exchanged', async () => {
  const settings = { url: server.url('bank'), drain: '300ms' };
  const point = await captureState(mariadbAdapter, { settings });
  server.query("INSERT INTO notes (text) VALUES ('more')", 'bank');
  const attempt = await beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'long-1' });
  const [program, ...args] = server.client('bank');
  const client = spawn(program, [...args, '-n'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let said = '';
  client.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  client.stdin.write('START TRANSACTION; UPDATE accounts SET balance = 7 WHERE id = 1; SELECT 2;\n');
  await waitFor(() => said !== '', 'the transaction to begin');
  expect([await attempt.stop(), await attempt.apply(), await attempt.verify()]).toEqual([[], [], []]);
  client.kill();
  expect(server.query("SELECT COUNT(*) FROM notes WHERE text = 'more'", 'bank')).toBe('0');
  await attempt.discard();
});
