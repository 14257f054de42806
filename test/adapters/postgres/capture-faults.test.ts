// What goes wrong with a server while it is captured: an error that names component, object and remedy, and no point.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../fixtures/postgres-server.js';
import { runCommand } from '../../fixtures/run-command.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { contentOf, databaseScene, leftovers, makeDatabase } from './database-scene.js';

const MOST_MS = 60_000;
let server: PostgresServer;
beforeAll(() => {
  server = startPostgres({ access: ['local all guarded scram-sha-256'] });
}, MOST_MS);
afterAll(() => server.close());

describe('a capture', () => {
  it(
    'says that no server answers',
    async () => {
      const { run } = databaseScene({ url: 'postgres://nobody@/none?host=/nonexistent' });
      const { exitCode, stderr } = await run(['save']);
      expect(exitCode).toBe(1);
      expect(stderr).toContain("The component 'db' can't be captured: no server answers there: start it");
    },
    MOST_MS,
  );

  it(
    'says that there is no such database, unless it was there once',
    async () => {
      const { run, done } = databaseScene({ url: server.url('nonesuch') });
      expect((await run(['save'])).stderr).toContain("the server has no database 'nonesuch'. Create it");
      makeDatabase(server, 'nonesuch');
      const original = contentOf(server, 'nonesuch');
      await done('save', '--name', 'there');
      server.query('postgres', 'DROP DATABASE nonesuch');
      await done('save', '--name', 'gone');
      expect((await run(['rollback', 'there', '--with-data', '--dry-run'])).stdout).toContain(
        'create database nonesuch',
      );
      await done('rollback', 'there', '--with-data', '--yes');
      expect(contentOf(server, 'nonesuch')).toBe(original);
      await done('rollback', 'gone', '--with-data', '--yes');
      expect(server.query('postgres', "SELECT count(*) FROM pg_database WHERE datname = 'nonesuch'")).toBe(
        '0',
      );
      await done('undo');
      expect(contentOf(server, 'nonesuch')).toBe(original);
      expect(leftovers(server)).toBe('');
    },
    MOST_MS,
  );

  it(
    'is refused for a wrong password, which is nowhere to be read; the right one is good',
    async () => {
      makeDatabase(server, 'secured');
      server.query('postgres', "CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'right one'");
      const passwordFile = join(createTemporaryDirectory(), 'password');
      writeFileSync(passwordFile, 'wrong secret\n', { mode: 0o600 });
      const { run, done, store } = databaseScene({ url: server.url('secured', 'guarded'), passwordFile });
      const { exitCode, stderr, stdout } = await run(['save']);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('the server does not let us in: see to user and password');
      expect(stderr + stdout).not.toContain('wrong secret');
      writeFileSync(passwordFile, 'right one\n');
      await done('save', '--name', 'first');
      expect(await done('cat', 'first', 'db:plain')).toContain('a\n');
      expect((await runCommand('grep', ['-rl', 'right one', store])).stdout).toBe('');
      chmodSync(passwordFile, 0o644);
      expect((await run(['save'])).stderr).toContain('can be read by others: chmod 600 it');
      const inAddress = databaseScene({ url: 'postgres://me:hush@localhost/app' });
      const refused = await inAddress.run(['save']);
      expect(refused.stderr).toContain('has a password in it');
      expect(refused.stderr).not.toContain('hush');
    },
    MOST_MS,
  );

  it(
    'is none without a table that may not be read',
    async () => {
      makeDatabase(server, 'partial');
      server.query('postgres', 'CREATE ROLE reader LOGIN');
      server.query('partial', 'GRANT SELECT ON items TO reader');
      const { run, done } = databaseScene({ url: server.url('partial', 'reader') });
      const { exitCode, stderr } = await run(['save']);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        'database partial: the server refuses it: permission denied for table plain (SQLSTATE 42501). Grant that',
      );
      expect(await done('list')).not.toContain('db');
    },
    MOST_MS,
  );

  it(
    'ends where somebody else holds a table for too long',
    async () => {
      const url = makeDatabase(server, 'locked');
      const { run } = databaseScene({ url, lockTimeout: '200ms' });
      const holding = runCommand(
        server.program('psql'),
        ['-X', '-q', '-d', url, '-c', 'BEGIN; LOCK TABLE items; SELECT pg_sleep(30)'],
        {
          timeoutMs: MOST_MS,
        },
      );
      const isHeld =
        "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'items'::regclass";
      while (server.query('locked', isHeld) !== '1');
      const { exitCode, stderr } = await run(['save']);
      server.query(
        'postgres',
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()",
      );
      await holding;
      expect(exitCode).toBe(5);
      expect(stderr).toContain('SQLSTATE 55P03');
      expect(stderr).toContain('Another session holds it');
    },
    MOST_MS,
  );

  it(
    'that is cut off in the middle is no point',
    async () => {
      const url = makeDatabase(
        server,
        'cut',
        'CREATE TABLE big AS SELECT i, repeat(md5(i::text), 20) AS text FROM generate_series(1, 200000) i',
      );
      const { run, done } = databaseScene({ url });
      let isOver = false;
      const saving = run(['save']).finally(() => (isOver = true));
      const cut =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'savepoint' AND query LIKE 'COPY%big%'";
      while (!isOver && server.query('postgres', cut) === '0') await new Promise(setImmediate);
      const { exitCode, stderr } = await saving;
      expect(exitCode).toBe(1);
      expect(stderr).toContain('table public.big: the connection to the server was cut');
      expect(await done('list')).not.toContain('db');
    },
    MOST_MS,
  );
});
