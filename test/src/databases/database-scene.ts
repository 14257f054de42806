// A live tree with a database of SQLite among other files, and programs that use it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { restore } from '#src/restore.js';
import { type OpenSqlite, openSqlite, sqlite } from '../../fixtures/sqlite-database.js';
import { createSwappedTree, type SwappedTree, type SwapSettings } from '../../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

/** Every transaction leaves the sum of all amounts at 0. */
const TABLES = `CREATE TABLE entries (id INTEGER PRIMARY KEY, amount INTEGER, filling TEXT);
INSERT INTO entries (amount, filling) SELECT value % 2 * 2 - 1, hex(randomblob(50)) FROM generate_series(1, 2000);`;
export const ADD =
  'BEGIN; INSERT INTO entries (amount) VALUES (7); INSERT INTO entries (amount) VALUES (-7); COMMIT;';
export const CHECK = 'PRAGMA integrity_check; SELECT sum(amount) FROM entries;';
export const COUNT = 'SELECT count(*) FROM entries;';

export interface DatabaseScene {
  readonly tree: SwappedTree;
  /** The database's file. */
  readonly file: string;
  makeDatabase(journalMode: 'wal' | 'delete'): void;
  /** The names in its directory. */
  namesBeside(): string[];
  /** A program that has the database open, and has written to its log. */
  openWriter(): Promise<OpenSqlite>;
  /** The file as the point has it, where no other file is. */
  restoreElsewhere(point: string): Promise<string>;
}

export async function createDatabaseScene(settings: SwapSettings): Promise<DatabaseScene> {
  const tree = await createSwappedTree(settings);
  const file = tree.path('app/data.db');
  tree.write('app/other', 'a file');
  return {
    ...{ tree, file },
    makeDatabase: (journalMode) => void sqlite(file, `PRAGMA journal_mode = ${journalMode}; ${TABLES}`),
    namesBeside: () => readdirSync(tree.path('app')),
    async openWriter() {
      const writer = openSqlite(file);
      onTestFinished(() => void writer.process.kill('SIGKILL'));
      await writer.ask(`.timeout 30000\nPRAGMA wal_autocheckpoint = 0; ${ADD}`);
      return writer;
    },
    async restoreElsewhere(point) {
      const to = join(createTemporaryDirectory(), 'to');
      await restore(tree.session, point, { to });
      return join(to, 'app/data.db');
    },
  };
}
