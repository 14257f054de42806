// The conformance suite of state adapters on two SQLite databases, one of which has a write-ahead log.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStateAdapter, type StateScene } from 'savepoint/conformance';
import { describe, it } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import { describeDatabase, sqlite } from '../fixtures/sqlite-database.js';
import { PATIENT } from './scene-results.js';

async function openScene(): Promise<StateScene> {
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-sqlite-'));
  const plain = join(directory, 'plain.db');
  const logged = join(directory, `odd 'name" %ä?#.db`);
  sqlite(plain, TABLES);
  sqlite(logged, `PRAGMA journal_mode = wal; ${TABLES}`);
  let changes = 0;
  const databases = () =>
    readdirSync(directory)
      .filter((name) => name.endsWith('.db'))
      .sort();
  return {
    settings: { paths: [plain, join(directory, '*.db')] },
    async change() {
      changes++;
      for (const file of [plain, logged])
        sqlite(
          file,
          `INSERT INTO accounts (owner) VALUES ('new ${changes}');
           DELETE FROM notes WHERE text LIKE '%${changes}%';
           CREATE TABLE added${changes} (a);
           PRAGMA user_version = ${changes};`,
        );
      sqlite(join(directory, `other${changes}.db`), 'CREATE TABLE other (a);');
    },
    describe: async () => {
      const contents = databases().map((name) => `${name}\n${describeDatabase(join(directory, name))}`);
      const others = readdirSync(directory).filter((name) => !/\.db(-wal|-shm)?$/.test(name));
      return [...contents, ...others].join('\n');
    },
    close: async () => rmSync(directory, { recursive: true }),
  };
}

const TABLES = `
CREATE TABLE accounts (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL);
INSERT INTO accounts (owner) SELECT 'owner ' || value FROM generate_series(1, 2000);
CREATE TABLE notes (text);
INSERT INTO notes VALUES ('a 1'), (2), (x'00ff0a'), (NULL), (1.5);
CREATE INDEX by_owner ON accounts (owner);
CREATE VIEW rich AS SELECT * FROM accounts WHERE id > 900;`;

describeStateAdapter(
  { describe, it: (name, test) => it(name, test, PATIENT.timeoutMs) },
  sqliteAdapter,
  openScene,
);
