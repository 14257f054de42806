// Makes the tables of a database as a point has them in a new database, and makes sure that they are the same row for row; its
// programs are made there once, to see that they can be. Nobody else knows of it until its tables are exchanged.
import { aboutObject } from '../database/about-object.js';
import type { StateReader } from '../state/state-adapter.js';
import { ClientSession } from './client-session.js';
import type { Definition } from './definition-text.js';
import { checkTables, LOAD_MODE, LOAD_SETTINGS, loadTables } from './load-tables.js';
import { MARKER } from './own-tables.js';
import { dropProgram, inDatabase, makeProgram } from './put-programs.js';
import { quoteName } from './quote.js';
import type { ServerAccess } from './server-access.js';
import { readStoredDatabase, type StoredDatabase } from './stored-database.js';

export interface BuildMeans {
  readonly access: ServerAccess;
  readonly reader: StateReader;
  readonly isMariadb: boolean;
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

/** `staged` is there, and empty. Throws before anybody sees anything of it; what was made by then is the caller's to drop. */
export async function buildDatabase(
  database: string,
  staged: string,
  means: BuildMeans,
): Promise<StoredDatabase> {
  const { access, reader, signal, isMariadb } = means;
  const stored = await readStoredDatabase(reader, database);
  const session = await ClientSession.open(access, { database: staged, signal, mode: LOAD_MODE });
  try {
    await session.run(LOAD_SETTINGS);
    for (const { kind, name, create } of stored.definitions)
      await aboutObject(`${kind} ${database}.${name}`, () => session.run(create));
    await loadTables(stored, { ...means, database: staged });
    for (const { table } of stored.tables) {
      if (table.autoIncrement === null) continue;
      await session.run(
        `ALTER TABLE ${quoteName(table.name)} AUTO_INCREMENT = ${BigInt(table.autoIncrement)}`,
      );
    }
    for (const { name, next, round } of stored.sequences)
      await session.run(`DO SETVAL(${quoteName(name)}, ${BigInt(next)}, 0, ${BigInt(round)})`);
    await checkTables(stored, { ...means, database: staged });
    await session.run(
      `CREATE TABLE ${quoteName(MARKER)} (record LONGTEXT CHARACTER SET utf8mb4) ENGINE=InnoDB`,
    );
    await session.close();
  } finally {
    session.kill();
  }
  await tryPrograms(database, stored.programs, { access, database: staged, isMariadb, signal });
  return stored;
}

/** Events would run, so these are not tried. */
async function tryPrograms(
  database: string,
  programs: readonly Definition[],
  means: Parameters<typeof inDatabase>[0] & { readonly isMariadb: boolean },
): Promise<void> {
  await inDatabase(means, async (session) => {
    const made: Definition[] = [];
    for (const each of tryable(programs, database)) {
      await aboutObject(`${each.kind} ${database}.${each.name}`, () => makeProgram(session, each, means));
      made.push(each);
    }
    for (const each of made.reverse()) await dropProgram(session, each);
  });
}

/** What names its own database is about the one in use, and so are views of such views. */
function tryable(programs: readonly Definition[], database: string): Definition[] {
  const passedOver: string[] = [];
  return programs.filter(({ kind, name, create, isBroken }) => {
    if (kind === 'event') return false;
    const isAbout = [`${quoteName(database)}.`, ...passedOver].some((each) => create.includes(each));
    if (isBroken !== true && !isAbout) return true;
    passedOver.push(quoteName(name));
    return false;
  });
}
