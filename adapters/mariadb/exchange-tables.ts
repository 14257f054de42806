// Exchanges the tables of a database for those that were made ready, in one statement: all of them, or none. It looks at where
// each table stands, and so may be called again after a crash at any instant.
import { isSavepointError } from '../../store/errors.js';
import { OWN_PREFIX } from '../database/attempt-names.js';
import type { ApplyContext } from '../state/state-adapter.js';
import type { ClientSession } from './client-session.js';
import { databaseClause, findDatabase } from './database-record.js';
import { endTransactions } from './end-transactions.js';
import { listTables, listViews } from './list-tables.js';
import { readMariadbSettings } from './mariadb-settings.js';
import { MARKER, passingName } from './own-tables.js';
import { dropProgram, inDatabase, isTrigger, makeProgram, putPrograms } from './put-programs.js';
import { quoteName, quoteQualified, quoteText } from './quote.js';
import { readPrograms } from './read-definitions.js';
import { accessServer, type ServerAccess } from './server-access.js';
import type { PreparedDatabase } from './stage-databases.js';

export interface ExchangeMeans {
  readonly access: ServerAccess;
  readonly isMariadb: boolean;
  readonly drainMs: number;
  readonly signal?: AbortSignal | undefined;
}

export function exchangeMeans(context: ApplyContext, isMariadb: boolean): ExchangeMeans {
  const settings = readMariadbSettings(context);
  const { component, signal } = context;
  return { access: accessServer(component, settings), isMariadb, drainMs: settings.drainMs, signal };
}

export async function exchangeDatabase(each: PreparedDatabase, means: ExchangeMeans): Promise<void> {
  const { database, staged, record } = each;
  if (staged !== null && !(await isExchanged(each, means))) {
    await withSession(means, (session) => prepareExchange(each, session, means));
    await renameTables(each, { ...means, staged });
  }
  await withSession(means, async (session) => {
    if (each.do === 'reopen') await dropPassing(session, database);
    else await finishHeld(each, session, means);
    if ((await findDatabase(session, database)) === undefined) return;
    if (record !== null) await session.run(`ALTER DATABASE ${databaseClause(record, database)}`);
    await putPrograms(each.programs, { ...means, database });
    const isEmpty = (await listTables(session, database)).length === 0;
    if (each.do === 'remove' && isEmpty) await session.run(`DROP DATABASE ${quoteName(database)}`);
  });
}

/** Whether the marker, which goes with all tables, stands aside. */
export async function isExchanged({ aside }: PreparedDatabase, means: ExchangeMeans): Promise<boolean> {
  return withSession(means, async (session) => (await listTables(session, aside)).includes(MARKER));
}

/**
 * Tables with triggers can't get from one database into another. Those in use lose theirs, which the safety point has; new ones
 * that are to have some get into the database under a name of ours, get them there, and so are never in use without.
 */
async function prepareExchange(
  each: PreparedDatabase,
  session: ClientSession,
  means: ExchangeMeans,
): Promise<void> {
  const { database, aside, record } = each;
  const staged = each.staged as string;
  if (record !== null) await session.run(`CREATE DATABASE IF NOT EXISTS ${databaseClause(record, database)}`);
  await session.run(`CREATE DATABASE IF NOT EXISTS ${quoteName(aside)}`);
  const ready = new Set(await listTables(session, staged));
  await session.run(`USE ${quoteName(database)}`);
  for (const live of (await readPrograms(session, database)).filter(isTrigger))
    await dropProgram(session, live);
  for (const view of await listViews(session, database)) {
    if (ready.has(view)) await session.run(`DROP VIEW ${quoteName(view)}`);
  }
  const withNames = await tablesWithNamedKeys(session, staged);
  for (const table of triggeredTables(each)) {
    if (withNames.has(table)) continue;
    const called = quoteQualified(database, passingName(table));
    if (ready.has(table)) await session.run(`RENAME TABLE ${quoteQualified(staged, table)} TO ${called}`);
    await makeTriggers(session, each, { table, isMariadb: means.isMariadb });
  }
}

function triggeredTables({ programs }: PreparedDatabase): Set<string> {
  return new Set(programs.filter(isTrigger).map((trigger) => trigger.table as string));
}

/** While it has a name of ours. */
async function makeTriggers(
  session: ClientSession,
  { programs }: PreparedDatabase,
  { table, isMariadb }: { readonly table: string; readonly isMariadb: boolean },
): Promise<void> {
  const called = passingName(table);
  for (const trigger of programs.filter((each) => isTrigger(each) && each.table === table))
    await makeProgram(session, trigger, { isMariadb, called });
}

/**
 * The name of a foreign key can't be in one database twice, so these get there only as those in use leave. Until they have their
 * triggers, nobody sees them: whoever writes to them in that moment is refused.
 */
async function tablesWithNamedKeys(session: ClientSession, database: string): Promise<Set<string>> {
  const rows = await session.rows<{ table: string }>(
    `SELECT JSON_OBJECT('table', TABLE_NAME) FROM information_schema.REFERENTIAL_CONSTRAINTS
     WHERE CONSTRAINT_SCHEMA = ${quoteText(database)}
       AND LEFT(CONSTRAINT_NAME, CHAR_LENGTH(TABLE_NAME) + 6) <> CONCAT(TABLE_NAME, '_ibfk_')`,
  );
  return new Set(rows.map(({ table }) => table));
}

async function finishHeld(
  each: PreparedDatabase,
  session: ClientSession,
  { isMariadb }: ExchangeMeans,
): Promise<void> {
  const { database } = each;
  const names = new Set(await listTables(session, database));
  await session.run(`USE ${quoteName(database)}`);
  const held = [...triggeredTables(each)].filter((table) => names.has(passingName(table)));
  for (const table of held) await makeTriggers(session, each, { table, isMariadb });
  if (held.length === 0) return;
  const moves = held.map(
    (table) => `${quoteQualified(database, passingName(table))} TO ${quoteQualified(database, table)}`,
  );
  await session.run(`RENAME TABLE ${moves.join(', ')}`);
}

const MOST_TRIES = 3;

/** Throws STATE_BUSY where others keep hold of a table. */
async function renameTables(
  each: PreparedDatabase,
  means: ExchangeMeans & { readonly staged: string },
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await withSession(means, async (session) => {
        await session.run(await renameStatement(each, means.staged, session));
      });
      return;
    } catch (error) {
      if (!isSavepointError(error, 'STATE_BUSY') || tries === MOST_TRIES) throw error;
      await endTransactions({ ...means, database: each.database });
    }
  }
}

async function renameStatement(
  each: PreparedDatabase,
  staged: string,
  session: ClientSession,
): Promise<string> {
  const { database, aside } = each;
  const names = await listTables(session, database);
  const live = names.filter((name) => !name.startsWith(OWN_PREFIX));
  const ready = (await listTables(session, staged)).filter((name) => name !== MARKER);
  const triggered = triggeredTables(each);
  const passing = [...triggered].filter((name) => names.includes(passingName(name)));
  const move = (from: readonly [string, string], to: readonly [string, string]) =>
    `${quoteQualified(...from)} TO ${quoteQualified(...to)}`;
  const moves = [
    ...live.map((name) => move([database, name], [aside, name])),
    ...ready.map((name) => move([staged, name], [database, triggered.has(name) ? passingName(name) : name])),
    ...passing.map((name) => move([database, passingName(name)], [database, name])),
    move([staged, MARKER], [aside, MARKER]),
  ];
  return `RENAME TABLE ${moves.join(', ')}`;
}

/** What got into the database on the way to an exchange that never was. */
async function dropPassing(session: ClientSession, database: string): Promise<void> {
  await session.run('SET foreign_key_checks = 0');
  for (const name of await listTables(session, database)) {
    if (name.startsWith(OWN_PREFIX)) await session.run(`DROP TABLE ${quoteQualified(database, name)}`);
  }
}

export function withSession<T>(
  { access, signal }: Pick<ExchangeMeans, 'access' | 'signal'>,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  return inDatabase({ access, database: undefined, signal }, work);
}
