// A whole cluster as one component: all databases and all roles.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../fixtures/postgres-server.js';
import { databaseScene, leftovers } from './database-scene.js';

const MOST_MS = 120_000;
let server: PostgresServer;
beforeAll(() => {
  server = startPostgres();
}, MOST_MS);
afterAll(() => server.close());

const describeCluster = () =>
  [
    server.query(
      'template1',
      `SELECT datname, pg_get_userbyid(datdba), (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(datacl) x), datconnlimit, shobj_description(oid, 'pg_database') FROM pg_database ORDER BY 1;
       SELECT a.rolname, a.rolcanlogin, a.rolcreatedb, a.rolconnlimit, a.rolpassword, a.rolvaliduntil, r.rolconfig FROM pg_authid a JOIN pg_roles r USING (oid) WHERE a.rolname NOT LIKE 'pg%' ORDER BY 1;
       SELECT g.rolname, r.rolname, m.admin_option FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE r.rolname NOT LIKE 'pg%' ORDER BY 1, 2`,
    ),
    ...server
      .query('template1', 'SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1')
      .split('\n')
      .map((name) =>
        server.query(
          name,
          "SELECT current_database(), to_regclass('kept')::text, current_setting('work_mem')",
        ),
      ),
  ].join('\n');

it(
  'goes back with what was made, altered and dropped since',
  async () => {
    server.query(
      'postgres',
      `CREATE ROLE team NOLOGIN; CREATE ROLE worker LOGIN CREATEDB PASSWORD 'w' VALID UNTIL '2030-01-01' CONNECTION LIMIT 3;
     GRANT team TO worker WITH ADMIN OPTION; ALTER ROLE worker SET search_path TO "$user", public;
     CREATE TABLE kept (a int)`,
    );
    for (const name of ['alpha', 'beta']) {
      server.query('postgres', `CREATE DATABASE ${name} OWNER worker CONNECTION LIMIT 7`);
      server.query(name, 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (1)');
    }
    server.query(
      'postgres',
      `REVOKE CONNECT ON DATABASE beta FROM PUBLIC; GRANT CONNECT ON DATABASE beta TO team WITH GRANT OPTION;
     COMMENT ON DATABASE beta IS 'it''s beta'; ALTER DATABASE beta SET work_mem = '7MB'; ALTER ROLE team IN DATABASE alpha SET work_mem = '3MB'`,
    );
    const { done, run } = databaseScene({ url: server.url('postgres'), databases: ['*'] });
    await done('save', '--name', 'first');
    const original = describeCluster();
    server.query('postgres', 'DROP DATABASE alpha');
    server.query('postgres', 'CREATE DATABASE gamma');
    server.query(
      'postgres',
      `ALTER DATABASE beta RESET work_mem; GRANT CONNECT ON DATABASE beta TO PUBLIC; DROP TABLE kept;
     ALTER ROLE worker NOCREATEDB PASSWORD 'x' VALID UNTIL 'infinity' CONNECTION LIMIT -1; REVOKE team FROM worker; ALTER ROLE worker RESET ALL`,
    );
    const changed = describeCluster();
    expect(changed).not.toBe(original);
    const plan = await run(['rollback', 'first', '--with-data', '--dry-run']);
    for (const step of [
      'create database alpha',
      'replace database beta',
      'remove database gamma',
      'replace database postgres',
      'alter role worker',
    ])
      expect(plan.stdout).toContain(step);
    await done('rollback', 'first', '--with-data', '--yes');
    expect(describeCluster()).toBe(original);
    await done('undo');
    expect(describeCluster()).toBe(changed);
    expect(leftovers(server)).toBe('');
  },
  MOST_MS,
);

it(
  'names databases by patterns, and leaves all others alone',
  async () => {
    for (const name of ['shop_one', 'shop_two', 'other']) {
      server.query('postgres', `CREATE DATABASE ${name}`);
      server.query(name, 'CREATE TABLE kept (a int)');
    }
    const { done } = databaseScene({ url: server.url('postgres'), databases: ['shop_*'], roles: false });
    await done('save', '--name', 'first');
    for (const name of ['shop_one', 'shop_two', 'other']) server.query(name, 'INSERT INTO kept VALUES (1)');
    await done('rollback', 'first', '--with-data', '--yes');
    const counts = ['shop_one', 'shop_two', 'other'].map((name) =>
      server.query(name, 'SELECT count(*) FROM kept'),
    );
    expect(counts).toEqual(['0', '0', '1']);
    expect(await done('cat', 'first', 'db:shop_one/kept')).toBe('');
  },
  MOST_MS,
);

it(
  'makes one of its databases anew under another name, whole or not at all',
  async () => {
    server.query('postgres', 'CREATE DATABASE archive');
    server.query(
      'archive',
      'CREATE TABLE kept (a int PRIMARY KEY); INSERT INTO kept SELECT generate_series(1, 10)',
    );
    const { done, run } = databaseScene({ url: server.url('archive') });
    await done('save', '--name', 'first');
    server.query('archive', 'DELETE FROM kept');
    await done('restore', 'first', 'db', '--as', 'before it "all"');
    expect(server.query('before it "all"', 'SELECT count(*) FROM kept')).toBe('10');
    expect(server.query('archive', 'SELECT count(*) FROM kept')).toBe('0');
    const taken = await run(['restore', 'first', 'db:archive', '--as', 'archive']);
    expect(taken.stderr).toContain("The server has a database 'archive' already");
    const unknown = await run(['restore', 'first', 'db:nonesuch', '--as', 'other']);
    expect(unknown.stderr).toContain("The point has no database 'nonesuch'. It has archive.");
    expect(leftovers(server)).toBe('');
  },
  MOST_MS,
);
