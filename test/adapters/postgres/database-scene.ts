// A store, a configuration and a database of a PostgreSQL server of the test's own, driven by the command line.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from '../../fixtures/postgres-server.js';
import { type RunOptions, type RunResult, runSavepoint } from '../../fixtures/run-command.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

export interface DatabaseScene {
  readonly directory: string;
  readonly store: string;
  readonly config: string;
  /** Runs `savepoint` on the scene's store. */
  run(words: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** The same, which has to end well; answers what it printed. */
  done(...words: string[]): Promise<string>;
}

/** `settings` are those of the component `db`, besides its kind; `more` are further lines of the file. */
export function databaseScene(settings: Readonly<Record<string, unknown>>, more = ''): DatabaseScene {
  const directory = createTemporaryDirectory();
  const [store, config] = [join(directory, 'store'), join(directory, 'savepoint.yaml')];
  writeFileSync(config, `components:\n  db: ${JSON.stringify({ kind: 'postgres', ...settings })}\n${more}`);
  const run = (words: readonly string[], options: RunOptions = {}) =>
    runSavepoint(['--store', store, '--config', config, ...words], options);
  return {
    ...{ directory, store, config, run },
    async done(...words) {
      const { exitCode, stdout, stderr } = await run(words);
      if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}: ${stderr}`);
      return stdout;
    },
  };
}

/** A new database with some rows, gone when its server is. */
export function makeDatabase(server: PostgresServer, name: string, sql = SAMPLE): string {
  server.query('postgres', `CREATE DATABASE ${name}`);
  server.query(name, sql);
  return server.url(name);
}

export const SAMPLE = `
CREATE TABLE items (id int PRIMARY KEY, name text, price numeric);
INSERT INTO items SELECT i, 'item ' || i, i FROM generate_series(1, 500) i;
CREATE TABLE plain (text text);
INSERT INTO plain VALUES ('a'), ('b'), ('b'), (NULL);`;

/** All rows of both tables, as one text. */
export function contentOf(server: PostgresServer, name: string): string {
  return server.query(
    name,
    'SELECT count(*), md5(string_agg(i::text, $$,$$ ORDER BY id)) FROM items i; SELECT md5(string_agg(coalesce(text, $$-$$), $$,$$ ORDER BY text)) FROM plain',
  );
}

/** Names of databases that this program has left. */
export function leftovers(server: PostgresServer): string {
  return server.query(
    'postgres',
    "SELECT datname FROM pg_database WHERE datname LIKE 'savepoint%' ORDER BY 1",
  );
}
