// Single tables of PostgreSQL databases: compared, printed and put back by the command line.
import { openSavepoint } from 'savepoint';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readPostgresSettings } from '#adapters/postgres/postgres-settings.js';
import { PsqlSession } from '#adapters/postgres/psql-session.js';
import { accessServer } from '#adapters/postgres/server-access.js';
import { commitAsStopped } from '../../fixtures/commit-as-stopped.js';
import { type PostgresServer, startPostgres } from '../../fixtures/postgres-server.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { contentOf, databaseScene, leftovers, makeDatabase } from './database-scene.js';

const MOST_MS = 60_000;
let server: PostgresServer;
beforeAll(() => {
  server = startPostgres();
}, MOST_MS);
afterAll(() => server.close());

const CHANGE = `
UPDATE items SET name = E'a tab\\t and a \\\\' WHERE id = 7;
DELETE FROM items WHERE id IN (8, 9);
INSERT INTO items VALUES (1001, NULL, 1.50);
DELETE FROM plain WHERE text = 'a';
INSERT INTO plain VALUES ('b');`;

describe('work that is stopped', () => {
  const openScene = async (name: string) => {
    const url = makeDatabase(server, name);
    const { config, store, done } = databaseScene({ url });
    await done('save', '--name', 'first');
    const savepoint = await openSavepoint({ store, config });
    onTestFinished(() => savepoint.close());
    const access = accessServer('db', readPostgresSettings({ component: 'db', settings: { url } }));
    return { savepoint, access };
  };

  it(
    'leaves a table as it was that waits for others',
    async () => {
      const { savepoint, access } = await openScene('waits');
      server.query('waits', CHANGE);
      const before = contentOf(server, 'waits');
      const holder = await PsqlSession.open(access, { database: 'waits' });
      await holder.run('BEGIN');
      await holder.run('LOCK TABLE public.items IN ROW EXCLUSIVE MODE');
      const controller = new AbortController();
      const restoring = expect(
        savepoint.tables.restore('first', 'db:items', { signal: controller.signal }),
      ).rejects.toMatchObject({ code: 'ABORTED' });
      const waiting = 'SELECT count(*) FROM pg_locks WHERE NOT granted';
      await waitFor(() => server.query('postgres', waiting) === '1', 'the lock');
      controller.abort();
      await restoring;
      await holder.run('ROLLBACK');
      await holder.close();
      expect(contentOf(server, 'waits')).toBe(before);
    },
    MOST_MS,
  );

  it(
    'leaves nothing of a database that was being made under another name',
    async () => {
      const { savepoint } = await openScene('beside');
      const controller = new AbortController();
      const { signal } = controller;
      const restoring = expect(
        savepoint.restoreBeside('first', 'db', 'other', { signal }),
      ).rejects.toMatchObject({ code: 'ABORTED' });
      await waitFor(() => leftovers(server) !== '', 'the new database');
      controller.abort();
      await restoring;
      expect(leftovers(server)).toBe('');
      const others = "SELECT count(*) FROM pg_database WHERE datname = 'other'";
      expect(server.query('postgres', others)).toBe('0');
      await savepoint.restoreBeside('first', 'db', 'other');
      expect(contentOf(server, 'other')).toBe(contentOf(server, 'beside'));
    },
    MOST_MS,
  );

  it(
    'is committed from its COMMIT on, and not before',
    async () => {
      const { access } = await openScene('commits');
      for (const isLate of [false, true]) {
        const controller = new AbortController();
        const { signal } = controller;
        const session = await PsqlSession.open(access, { database: 'commits', signal });
        await session.run('BEGIN');
        await session.run('DELETE FROM public.plain');
        await commitAsStopped(session, { stop: () => controller.abort(), isLate });
        expect(server.query('commits', 'SELECT count(*) FROM plain')).toBe(isLate ? '0' : '4');
      }
    },
    MOST_MS,
  );
});

describe('a table of a point', () => {
  it(
    'is compared row by row with what is live, and with another point',
    async () => {
      const { done, run } = databaseScene({ url: makeDatabase(server, 'compared') });
      await done('save', '--name', 'first');
      server.query('compared', CHANGE);
      const live = await run(['--json', 'diff', 'first', 'live', 'db:items', '--exit-code']);
      expect(live.exitCode).toBe(1);
      const expected = {
        columns: ['id', 'name', 'price'],
        key: ['id'],
        added: [['1001', null, '1.50']],
        removed: [
          ['8', 'item 8', '8'],
          ['9', 'item 9', '9'],
        ],
        changed: [{ before: ['7', 'item 7', '7'], after: ['7', 'a tab\t and a \\', '7'] }],
      };
      expect(JSON.parse(live.stdout)).toEqual({ path: 'db:items', ...expected });
      await done('save', '--name', 'second');
      const points = JSON.parse(await done('--json', 'diff', 'first', 'second', 'db:public.items'));
      expect(points).toEqual({ path: 'db:public.items', ...expected });
      const text = await done('diff', 'second', 'first', 'db:plain');
      expect(text).toBe('db:plain: 1 row added, 1 row removed\n- text="b"\n+ text="a"\n');
    },
    MOST_MS,
  );

  it(
    'is printed as COPY writes it',
    async () => {
      const { done } = databaseScene({ url: makeDatabase(server, 'printed') });
      await done('save', '--name', 'first');
      expect(await done('cat', 'first', 'db:plain')).toBe('a\nb\nb\n\\N\n');
    },
    MOST_MS,
  );

  it(
    'is put back alone, rows without a key as well',
    async () => {
      const { done } = databaseScene({ url: makeDatabase(server, 'restored') });
      const original = contentOf(server, 'restored');
      await done('save', '--name', 'first');
      server.query('restored', `${CHANGE} CREATE TABLE later (a int); INSERT INTO later VALUES (1);`);
      const planned = await done('restore', 'first', 'db:items', '--dry-run');
      expect(planned).toContain('db:items would be restored: 2 rows added, 1 row removed, 1 row changed');
      expect(contentOf(server, 'restored')).not.toBe(original);
      await done('restore', 'first', 'db:items');
      await done('restore', 'first', 'db:plain');
      expect(contentOf(server, 'restored')).toBe(original);
      expect(server.query('restored', 'SELECT a FROM later')).toBe('1');
      expect(await done('log')).toContain('restore');
    },
    MOST_MS,
  );

  it(
    'is put back past triggers, which are as before afterwards',
    async () => {
      const { done } = databaseScene({ url: makeDatabase(server, 'triggered') });
      await done('save', '--name', 'first');
      server.query(
        'triggered',
        `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
       DELETE FROM items WHERE id = 1;
       CREATE TRIGGER one BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION no();
       CREATE TRIGGER two BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION no();
       ALTER TABLE items ENABLE ALWAYS TRIGGER two;`,
      );
      await done('restore', 'first', 'db:items');
      const triggers =
        "SELECT string_agg(tgname::text || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal";
      expect(server.query('triggered', triggers)).toBe('oneO twoA');
      expect(server.query('triggered', 'SELECT count(*) FROM items')).toBe('500');
    },
    MOST_MS,
  );

  it(
    'is left alone where its rows would take those of other tables with them, or constraints would be broken',
    async () => {
      const { done, run } = databaseScene({ url: makeDatabase(server, 'referenced') });
      await done('save', '--name', 'first');
      server.query(
        'referenced',
        `INSERT INTO items VALUES (900, 'new', 1);
       CREATE TABLE parts (item int REFERENCES items ON DELETE CASCADE); INSERT INTO parts VALUES (900);`,
      );
      const cascading = await run(['restore', 'first', 'db:items']);
      expect(cascading.exitCode).toBe(1);
      expect(cascading.stderr).toContain(
        'the constraint parts_item_fkey would then change rows of public.parts',
      );
      server.query(
        'referenced',
        `ALTER TABLE parts DROP CONSTRAINT parts_item_fkey;
       ALTER TABLE parts ADD CONSTRAINT kept FOREIGN KEY (item) REFERENCES items;`,
      );
      const refused = await run(['restore', 'first', 'db:items']);
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('23503');
      expect(server.query('referenced', 'SELECT count(*) FROM items; SELECT count(*) FROM parts')).toBe(
        '501\n1',
      );
    },
    MOST_MS,
  );

  it(
    'is not compared with one that has other columns, nor found under a name that there is none of',
    async () => {
      const { done, run } = databaseScene({ url: makeDatabase(server, 'altered') });
      await done('save', '--name', 'first');
      server.query('altered', 'ALTER TABLE items ADD COLUMN more int');
      const altered = await run(['diff', 'first', 'live', 'db:items']);
      expect(altered.stderr).toContain(
        'has other columns (id, name, price, more) than the point has (id, name, price)',
      );
      const missing = await run(['restore', 'first', 'db:item']);
      expect(missing.exitCode).toBe(3);
    },
    MOST_MS,
  );
});
