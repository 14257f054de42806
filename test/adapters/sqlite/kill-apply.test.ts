// A rollback whose processes are killed in the middle of exchanging a database: it is brought to its end, or was not begun.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSavepoint } from 'savepoint';
import { expect, test } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import { runCommand } from '../../fixtures/run-command.js';
import { sqlite } from '../../fixtures/sqlite-database.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { configurationOf } from './configuration-of.js';
import { ownFiles } from './drive-sqlite.js';

const SCRIPT = fileURLToPath(new URL('roll-back-sqlite.mjs', import.meta.url));

const TABLE = `CREATE TABLE t (a INTEGER PRIMARY KEY, b);
INSERT INTO t SELECT value, randomblob(1000) FROM generate_series(1, 10000);`;

/** Cheap, and tells each content from all others. */
const SUM = 'PRAGMA integrity_check; SELECT count(*), sum(length(b)), sum(unicode(hex(b))) FROM t;';

/** Whether a file has so many bytes. */
function has(directory: string, pattern: RegExp, sizeBytes = 0): boolean {
  return readdirSync(directory).some((name) => {
    if (!pattern.test(name)) return false;
    return (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? -1) >= sizeBytes;
  });
}

interface Kill {
  readonly mode: 'wal' | 'delete';
  readonly at: string;
  readonly when: (directory: string) => boolean;
  /** Or sqlite3 goes on to the end of what it was told. */
  readonly killsAll: boolean;
}

const COPYING = {
  at: 'as the last content is copied',
  when: (directory: string) => has(directory, /\.part$/, 1 << 20),
};
const ASIDE = { at: 'once that is aside', when: (directory: string) => has(directory, /\.old$/) };

const KILLS: readonly Kill[] = [
  { mode: 'wal', ...COPYING, killsAll: true },
  { mode: 'delete', ...COPYING, killsAll: true },
  { mode: 'wal', ...ASIDE, killsAll: false },
  { mode: 'delete', ...ASIDE, killsAll: false },
  {
    ...{ mode: 'wal', at: 'as the new content gets into the log', killsAll: true },
    when: (directory) => has(directory, /\.old$/) && has(directory, /\.db-wal$/, 2 << 20),
  },
  {
    ...{ mode: 'delete', at: 'as the new content gets in', killsAll: true },
    when: (directory) => has(directory, /\.db-journal$/, 2 << 20),
  },
];

test.each(KILLS)(
  'a rollback of a $mode database that is killed $at is brought to its end',
  async ({ mode, when, killsAll }) => {
    const directory = createTemporaryDirectory();
    const file = join(directory, 'app.db');
    sqlite(file, `PRAGMA journal_mode = ${mode}; ${TABLE}`);
    const original = sqlite(file, SUM);
    const store = join(createTemporaryDirectory(), 'store');
    const savepoint = await openSavepoint({ store, create: true, adapters: [sqliteAdapter] });
    await savepoint.saveConfigured(configurationOf({ paths: [file] }), { name: 'sound' });
    await savepoint.close();
    sqlite(file, 'UPDATE t SET b = randomblob(900); DELETE FROM t WHERE a % 3 = 0;');
    const isDue = () => {
      if (!when(directory)) return false;
      if (killsAll) for (const id of processesAt(directory)) process.kill(id, 'SIGKILL');
      return true;
    };
    const module = import.meta.resolve('#adapters/sqlite/sqlite-adapter.js');
    const { signal, stdout } = await runCommand(process.execPath, [SCRIPT, store, 'sound', module], {
      kill: { when: isDue },
    });
    expect([signal, stdout]).toEqual(['SIGKILL', '']);
    const again = await openSavepoint({ store, adapters: [sqliteAdapter] });
    try {
      const { did, carried } = await again.recover();
      expect([did, carried?.outcome, carried?.problems]).toEqual(['finished', 'done', []]);
    } finally {
      await again.close();
    }
    expect(sqlite(file, SUM)).toBe(original);
    expect(sqlite(file, 'PRAGMA journal_mode;')).toBe(mode);
    expect(ownFiles(directory)).toEqual([]);
  },
);

/** Those of sqlite3 that have a file of a directory open. */
function processesAt(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((name) => {
      const words = wordsOf(name);
      return words.startsWith('sqlite3\0') || words.includes('/sqlite3\0')
        ? words.includes(directory)
        : false;
    })
    .map(Number);
}

function wordsOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
