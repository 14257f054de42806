// Rollbacks of a tree with a database whose log a crash has left, killed at any of their calls: once `recover` has run, the database
// is what it was, log and all, or what the point has, alone; and at no instant is the log of one beside the file of the other.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { recover } from '#src/rollback/recover.js';
import { save } from '#src/save.js';
import { createSession, openSession } from '#src/session.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { openSqlite, sqlite } from '../fixtures/sqlite-database.js';
import { swappedComponents } from '../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseKills } from './choose-kills.js';
import { chooseSeeds } from './choose-seeds.js';
import { runKilled } from './run-killed.js';

const SCRIPT = fileURLToPath(new URL('../fixtures/roll-back.mjs', import.meta.url));
const KILLS = 10;
const CHECK = 'PRAGMA integrity_check; SELECT group_concat(a) FROM t;';

const [seed] = chooseSeeds(0);
let directory: string;
const at = (...names: string[]) => join(directory, ...names);

/** A store with the points `point` and `whole`, the second one of a component that is swapped, and a database that has gone on. */
beforeAll(async () => {
  directory = createTemporaryDirectory({ lifetime: 'file' });
  const file = at('now/tree/data.db');
  cpSync(fileURLToPath(new URL('.', import.meta.url)), at('now/tree'), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts'),
  });
  sqlite(file, "PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES ('first');");
  const session = await createSession(at('now/store'), 'sha256');
  await save(session, componentsOfPaths([at('now/tree')]), { name: 'point' });
  await save(session, swappedComponents([at('now/tree')]), { name: 'whole' });
  await session.close();
  const writer = openSqlite(file);
  await writer.ask("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES ('second');");
  await writer.kill();
  cpSync(at('now'), at('template'), { recursive: true, preserveTimestamps: true });
});

function reset(): void {
  rmSync(at('now'), { recursive: true });
  cpSync(at('template'), at('now'), { recursive: true, preserveTimestamps: true });
}

/** What whoever opens it finds; the files themselves are left alone. */
function content(): string {
  rmSync(at('look'), { recursive: true, force: true });
  cpSync(at('now/tree'), at('look'), { recursive: true });
  return sqlite(at('look/data.db'), CHECK);
}

it.each(['point', 'whole'])(
  `a rollback to %s (seed ${seed})`,
  async (point) => {
    const words = [SCRIPT, at('now/store'), point];
    reset();
    expect(content()).toBe('ok\nfirst,second');
    const { calls } = runKilled(words, directory);
    expect(content()).toBe('ok\nfirst');
    const seen = new Set<string>();
    const kills = [
      ...chooseKills(createRandom(seed), { calls, most: KILLS }),
      { at: calls, when: 'after' as const },
    ];
    for (const kill of kills) {
      const where = `${kill.when} call ${kill.at} of ${calls}`;
      reset();
      runKilled(words, directory, kill);
      // Before its log has been put in order, either it is as it was, or without what the log had, or as the point has it.
      expect(['ok\nfirst,second', 'ok\nfirst'], where).toContain(content());
      const session = await openSession({ store: at('now/store') });
      await recover(session);
      await session.close();
      const found = content();
      expect(['ok\nfirst,second', 'ok\nfirst'], where).toContain(found);
      seen.add(found);
    }
    expect(seen.size).toBe(2);
  },
  300_000,
);
