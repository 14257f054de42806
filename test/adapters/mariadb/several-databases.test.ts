// Components of several databases, some of which come and go, with the accounts that may use them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mariadbAdapter } from '#adapters/mariadb/mariadb-adapter.js';
import { beginAttempt } from '../../fixtures/adapter-attempt.js';
import { captureState, type DrivenState } from '../../fixtures/drive-adapter.js';
import { type MariadbServer, startMariadb } from '../../fixtures/mariadb-server.js';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server.close());

const settings = () => ({ url: server.url(''), databases: ['db_*', 'runs'] });

async function rollBack(to: DrivenState, attempt: string): Promise<void> {
  const begun = await beginAttempt(mariadbAdapter, { settings: settings(), to, attempt });
  expect([await begun.stop(), await begun.apply(), await begun.verify()]).toEqual([[], [], []]);
  await begun.discard();
}

const describeState = () => server.query(STATE).split('\n').sort();
const STATE = `SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'db%' ORDER BY 1, 2;
SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, SCHEMA_COMMENT FROM information_schema.SCHEMATA ORDER BY 1;
SHOW GRANTS FOR app; SHOW GRANTS FOR tester;`;

test('databases come and go with a rollback, and so does what accounts may do in them', async () => {
  server.query(`CREATE DATABASE db_one CHARACTER SET latin1 COMMENT 'it''s one'; CREATE TABLE db_one.a (id INT PRIMARY KEY) AS SELECT 1 AS id;
    CREATE DATABASE db_empty; CREATE DATABASE runs; CREATE USER app IDENTIFIED BY 'x'; GRANT SELECT, INSERT ON \`db\\_one\`.* TO app WITH GRANT OPTION;
    CREATE ROLE tester; GRANT SELECT (id) ON db_one.a TO tester; CREATE DATABASE elsewhere; GRANT SELECT ON elsewhere.* TO tester;
    CREATE FUNCTION db_one.two() RETURNS INT RETURN 2; GRANT EXECUTE ON FUNCTION db_one.two TO app;`);
  const point = await captureState(mariadbAdapter, { settings: settings() });
  const before = describeState();
  server.query(`DROP DATABASE db_one; DROP DATABASE db_empty; CREATE DATABASE db_new; CREATE TABLE db_new.b (id INT);
    CREATE VIEW db_new.v AS SELECT * FROM db_new.b; DROP USER app; CREATE USER app IDENTIFIED BY 'y';
    GRANT DELETE ON db_new.* TO app; REVOKE SELECT (id) ON db_one.a FROM tester;`);
  const changed = await captureState(mariadbAdapter, { settings: settings() });
  const after = describeState();
  await rollBack(point, 'several-1');
  expect(describeState()).toEqual(before);
  expect(server.query('SELECT db_one.two(), (SELECT COUNT(*) FROM db_one.a)')).toBe('2\t1');
  await rollBack(changed, 'several-2');
  expect(describeState()).toEqual(after);
});

test('a routine that is made anew keeps who may run it', async () => {
  server.query(`CREATE PROCEDURE runs.it() SELECT 1; CREATE USER runner;
    GRANT EXECUTE ON PROCEDURE runs.it TO runner; CREATE TABLE runs.t (id INT)`);
  const point = await captureState(mariadbAdapter, { settings: settings() });
  server.query('CREATE OR REPLACE PROCEDURE runs.it() SELECT 2; INSERT INTO runs.t VALUES (1);');
  await rollBack(point, 'runs-1');
  expect(server.query('CALL runs.it(); SHOW GRANTS FOR runner')).toContain(
    'GRANT EXECUTE ON PROCEDURE `runs`.`it`',
  );
  expect(server.query('CALL runs.it()')).toBe('1');
});

test('what would be lost is told by the tables that were written to since', async () => {
  server.query(
    'CREATE DATABASE db_lost; CREATE TABLE db_lost.quiet (id INT); CREATE TABLE db_lost.busy (id INT)',
  );
  const at = { component: 'it', settings: { url: server.url('db_lost') } };
  const point = await captureState(mariadbAdapter, at);
  server.query('INSERT INTO db_lost.busy VALUES (1)');
  const [sentence, ...others] = (await mariadbAdapter.loss?.(point, at)) ?? [];
  expect(sentence).toMatch(/^database db_lost loses what was written since \d{4}-.*Z, in busy\.$/);
  expect(others).toEqual([]);
  server.query('DROP DATABASE db_lost');
});

test('definitions that change while a capture fixes its instant are seen, and the capture begins anew', async () => {
  server.query(
    'CREATE DATABASE moving; CREATE TABLE moving.t (id INT PRIMARY KEY); INSERT INTO moving.t VALUES (1)',
  );
  const captured = captureState(mariadbAdapter, { settings: { url: server.url('moving') } });
  for (let round = 0; round < 10; round++) {
    server.query(`ALTER TABLE moving.t ADD COLUMN c${round} INT DEFAULT ${round}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { text } = await captured.catch(async (error: unknown) => {
    // Where they never stop changing, it is said; the next one finds them at rest.
    expect(error).toMatchObject({ code: 'STATE_BUSY' });
    return captureState(mariadbAdapter, { settings: { url: server.url('moving') } });
  });
  const root = 'state/databases/moving';
  const { columns } = JSON.parse(text(`${root}/tables/t/table.json`) ?? '') as { columns: unknown[] };
  const made = (text(`${root}/schema/tables.sql`) ?? '').match(/`c?(\d|id)`/g) ?? [];
  const [segment] = (text(`${root}/tables/t/order`) ?? '').split(' ');
  expect(text(`${root}/tables/t/rows/${segment}`)?.split('\t')).toHaveLength(columns.length);
  expect(new Set(made).size).toBe(columns.length);
});
