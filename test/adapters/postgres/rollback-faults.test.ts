// What goes wrong with a rollback of a database: an error that names component, object and remedy, and a live database as before.
import { chownSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresAdapter } from '#adapters/postgres/postgres-adapter.js';
import { captureState, compareStates, type DrivenState, stateOf } from '../../fixtures/drive-adapter.js';
import { type PostgresServer, startPostgres } from '../../fixtures/postgres-server.js';
import { killRollback } from '../../fixtures/rollback-process.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { contentOf, databaseScene, leftovers, makeDatabase } from './database-scene.js';

const MOST_MS = 60_000;
let server: PostgresServer;
beforeAll(() => {
  server = startPostgres({ access: ['local all guarded scram-sha-256'] });
}, MOST_MS);
afterAll(() => server.close());

/** With one document of a database otherwise. */
function altered(
  state: DrivenState,
  path: string,
  change: (value: Record<string, unknown>) => void,
): DrivenState {
  const value = JSON.parse(state.text(path) ?? '{}') as Record<string, unknown>;
  change(value);
  const documents = new Map(state.documents);
  documents.set(path, new TextEncoder().encode(JSON.stringify(value)));
  return stateOf(documents);
}

async function stage(database: string, to: DrivenState) {
  const settings = { url: server.url(database) };
  const from = await captureState(postgresAdapter, { settings });
  const { steps } = await compareStates(postgresAdapter, { from, to }, { settings });
  const directory = createTemporaryDirectory();
  const context = { component: 'db', settings, attempt: `${database}-1`, staging: () => directory };
  try {
    return await postgresAdapter.stage(steps, { ...context, from, to });
  } finally {
    await postgresAdapter.discard?.(context);
  }
}

describe('a rollback', () => {
  it(
    'is refused before anything is made where the server lacks an extension, is too old, or knows no such collation',
    async () => {
      makeDatabase(server, 'lacking');
      const state = await captureState(postgresAdapter, { settings: { url: server.url('lacking') } });
      const original = contentOf(server, 'lacking');
      const path = 'state/databases/lacking/database.json';
      const extension = altered(
        state,
        path,
        (value) => (value['extensions'] = [{ name: 'nonesuch', version: '1' }]),
      );
      await expect(stage('lacking', extension)).rejects.toThrow(
        'the server lacks the extension nonesuch. Install',
      );
      const newer = altered(
        altered(state, path, (value) => (value['connectionLimit'] = 5)),
        'observed/server.json',
        (value) => (value['version'] = 990000),
      );
      await expect(stage('lacking', newer)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      const collation = altered(state, path, (value) => (value['collate'] = 'xx_XX.UTF-8'));
      await expect(stage('lacking', collation)).rejects.toMatchObject({ code: 'STATE_REFUSED' });
      expect(contentOf(server, 'lacking')).toBe(original);
      expect(leftovers(server)).toBe('');
    },
    MOST_MS,
  );

  it(
    'leaves everything as it is where the disk of the new database has too little room, or is full in the middle',
    async () => {
      const disk = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: 100 << 20 });
      const { uid, gid } = statSync(server.directory);
      chownSync(disk, uid, gid);
      server.query('postgres', `CREATE TABLESPACE small LOCATION '${disk}'`);
      server.query('postgres', 'CREATE DATABASE full_one TABLESPACE small');
      const url = server.url('full_one');
      const indexes = Array.from({ length: 8 }, (_, at) => `CREATE INDEX i${at} ON big (i)`).join(';');
      server.query(
        'full_one',
        `CREATE TABLE big AS SELECT i, repeat('x', 100) AS text FROM generate_series(1, 100000) i; ${indexes}; CHECKPOINT`,
      );
      const { run, done } = databaseScene({ url });
      await done('save', '--name', 'first');
      server.query('full_one', 'DELETE FROM big WHERE i = 1');
      // Enough for the rows, and too little for their indexes.
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - (31 << 20)));
      const full = await run(['rollback', 'first', '--with-data', '--yes']);
      expect(full.exitCode).toBe(1);
      expect(full.stderr).toContain("The component 'db' can't be rolled back: database full_one");
      expect(full.stderr).toContain('SQLSTATE 53100');
      expect(full.stderr).toContain("Free space on the server's disk");
      expect(server.query('full_one', 'SELECT count(*) FROM big')).toBe('99999');
      expect(leftovers(server), full.stderr).toBe('');
      writeFileSync(join(disk, 'more'), Buffer.alloc(12 << 20));
      const small = await run(['rollback', 'first', '--with-data', '--yes']);
      expect(small.stderr).toMatch(/a new one beside it takes about \d+ MiB at .*, and \d+ MiB are free/);
      expect(leftovers(server), small.stderr).toBe('');
      server.query('postgres', 'DROP DATABASE full_one');
      server.query('postgres', 'DROP TABLESPACE small');
    },
    MOST_MS,
  );

  it(
    'of a database that another one is at work on is refused; it may come when that one is over',
    async () => {
      const url = makeDatabase(server, 'shared');
      const original = contentOf(server, 'shared');
      const [first, second] = [databaseScene({ url }), databaseScene({ url })];
      await first.done('save', '--name', 'one');
      await second.done('save', '--name', 'one');
      server.query('shared', 'DELETE FROM items WHERE id < 100');
      killRollback(first.store, { point: 'one', phase: 'deciding' });
      const refused = await second.run(['rollback', 'one', '--with-data', '--yes']);
      expect(refused.exitCode).toBe(5);
      expect(refused.stderr).toContain('another rollback of database shared is under way');
      expect(server.query('shared', 'SELECT count(*) FROM items')).toBe('401');
      await first.done('recover');
      expect(leftovers(server)).toBe('');
      await second.done('rollback', 'one', '--with-data', '--yes');
      expect(contentOf(server, 'shared')).toBe(original);
    },
    MOST_MS,
  );

  it(
    'brings a role back that what is restored belongs to',
    async () => {
      server.query('postgres', "CREATE ROLE keeper LOGIN PASSWORD 'kept'");
      const url = makeDatabase(server, 'owned');
      server.query('owned', 'ALTER TABLE items OWNER TO keeper');
      const { done } = databaseScene({ url });
      const describeRole = "SELECT rolname, rolcanlogin, rolpassword FROM pg_authid WHERE rolname = 'keeper'";
      const role = server.query('postgres', describeRole);
      await done('save', '--name', 'first');
      server.query('owned', 'REASSIGN OWNED BY keeper TO postgres; DROP ROLE keeper');
      await done('rollback', 'first', '--with-data', '--yes');
      expect(server.query('postgres', describeRole)).toBe(role);
      expect(server.query('owned', "SELECT tableowner FROM pg_tables WHERE tablename = 'items'")).toBe(
        'keeper',
      );
    },
    MOST_MS,
  );

  it(
    'leaves data alone unless it is asked for, and says what that means',
    async () => {
      const url = makeDatabase(server, 'unasked');
      const scene = databaseScene({ url });
      const file = join(scene.directory, 'app.conf');
      writeFileSync(file, 'old');
      const text = readFileSync(scene.config, 'utf8');
      writeFileSync(scene.config, `${text}  app: { kind: config, paths: [${file}], after: [db] }\n`);
      await scene.done('save', '--name', 'first');
      writeFileSync(file, 'new');
      server.query('unasked', 'DELETE FROM items WHERE id = 1');
      const plan = await scene.run(['rollback', 'first', '--dry-run']);
      expect(plan.stderr).toMatch(
        /db is data and stays as it is: app goes back to first without it\. With --with-data it would go back, too: database unasked loses what was written since .*, 1 rows written in it/,
      );
      const named = await scene.run(['rollback', 'first', '--component', 'db', '--yes']);
      expect(named.exitCode).toBe(2);
      expect(named.stderr).toContain('Add --with-data');
      await scene.done('rollback', 'first', '--yes');
      expect(readFileSync(file, 'utf8')).toBe('old');
      expect(server.query('unasked', 'SELECT count(*) FROM items')).toBe('499');
      await scene.done('undo');
      expect(readFileSync(file, 'utf8')).toBe('new');
      await scene.done('rollback', 'first', '--with-data', '--yes');
      expect(server.query('unasked', 'SELECT count(*) FROM items')).toBe('500');
    },
    MOST_MS,
  );
});
