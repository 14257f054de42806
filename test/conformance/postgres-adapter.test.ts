// The conformance suite of state adapters on a database of a real PostgreSQL server.
import { describeStateAdapter, type StateScene } from 'savepoint/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { postgresAdapter } from '#adapters/postgres/postgres-adapter.js';
import { type PostgresServer, startPostgres } from '../fixtures/postgres-server.js';
import { PATIENT } from './scene-results.js';

let server: PostgresServer;
beforeAll(() => {
  server = startPostgres();
}, PATIENT.timeoutMs);
afterAll(() => server.close());

let scenes = 0;

async function openScene(): Promise<StateScene> {
  const name = `app ${++scenes} "ä"`;
  const role = `owner${scenes}`;
  server.query('postgres', `CREATE ROLE ${role} LOGIN`);
  server.query('postgres', `CREATE DATABASE ${quoted(name)} OWNER ${role}`);
  server.query(name, TABLES.replaceAll('@ROLE@', role));
  let changes = 0;
  return {
    settings: { url: server.url(name) },
    async change() {
      changes++;
      server.query(
        name,
        `
        INSERT INTO accounts (owner, balance) SELECT 'new ${changes} ' || i, i FROM generate_series(1, 10) i;
        UPDATE accounts SET balance = balance + 1 WHERE id % 7 = 0;
        REFRESH MATERIALIZED VIEW totals;
        DELETE FROM notes WHERE text LIKE '%${changes}%';
        CREATE TABLE added${changes} (a int);
        SELECT lo_put(oid, 3, 'changed ${changes}') FROM pg_largeobject_metadata;`,
      );
      server.query('postgres', `ALTER ROLE ${role} CONNECTION LIMIT ${changes}`);
      if (changes === 1) server.query('postgres', `ALTER DATABASE ${quoted(name)} SET work_mem = '5MB'`);
    },
    describe: async () =>
      [
        server.query(name, DESCRIPTION),
        server.query('postgres', `SELECT rolconnlimit FROM pg_roles WHERE rolname = '${role}'`),
        server.query(
          'postgres',
          `SELECT s.setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = '${name}'`,
        ),
        server.query('postgres', "SELECT count(*) FROM pg_database WHERE datname LIKE 'savepoint%'"),
      ].join('\n'),
    async close() {
      server.query('postgres', `DROP DATABASE ${quoted(name)} WITH (FORCE)`);
      server.query('postgres', `DROP ROLE ${role}`);
    },
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const TABLES = `
CREATE TABLE accounts (id serial PRIMARY KEY, owner text NOT NULL, balance numeric DEFAULT 0, double numeric GENERATED ALWAYS AS (balance * 2) STORED);
ALTER TABLE accounts OWNER TO @ROLE@;
INSERT INTO accounts (owner, balance) SELECT 'owner ' || i, i FROM generate_series(1, 1000) i;
CREATE TABLE notes (text text);
INSERT INTO notes VALUES (E'a tab\\t, a line\\nend, a backslash \\\\ and \\u0001'), (NULL), (''), ('1'), ('2'), ('2');
CREATE TABLE "odd "" name/%ä" (a int, b bytea);
INSERT INTO "odd "" name/%ä" VALUES (1, '\\x00ff0a');
CREATE TABLE empty ();
INSERT INTO empty DEFAULT VALUES;
CREATE VIEW rich AS SELECT * FROM accounts WHERE balance > 900;
CREATE MATERIALIZED VIEW totals AS SELECT sum(balance) FROM accounts;
CREATE TABLE parted (a int, b text) PARTITION BY RANGE (a);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20);
INSERT INTO parted SELECT i, i::text FROM generate_series(0, 19) i;
CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
CREATE TRIGGER none BEFORE INSERT ON parted FOR EACH ROW EXECUTE FUNCTION forbid();
CREATE EXTENSION hstore;
SELECT lo_from_bytea(0, decode(repeat('0123456789abcdef', 20000), 'hex'));`;

const DESCRIPTION = `
SELECT md5(string_agg(a::text, ',' ORDER BY id)) FROM accounts a;
SELECT last_value, is_called FROM accounts_id_seq;
SELECT count(*), md5(string_agg(n::text, ',' ORDER BY n::text)) FROM notes n;
SELECT md5(string_agg(n::text, ',')) FROM "odd "" name/%ä" n;
SELECT count(*) FROM empty;
SELECT count(*) FROM rich;
SELECT * FROM totals;
SELECT tableoid::regclass, a, b FROM parted ORDER BY a;
SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata;
SELECT c.relname, pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'public' ORDER BY 1;
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1;`;

describeStateAdapter(
  { describe, it: (name, test) => it(name, test, PATIENT.timeoutMs) },
  postgresAdapter,
  openScene,
);
