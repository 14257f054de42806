// Makes ready what a rollback of databases needs: each new database whole and checked, beside the one in use. What stands
// aside from an attempt that is taken back is taken as it is.
import { SavepointError } from '../../store/errors.js';
import { aboutObject } from '../database/about-object.js';
import { attemptNames, isStagedFor } from '../database/attempt-names.js';
import { decodeName } from '../database/document-name.js';
import { readDocument } from '../state/json-document.js';
import type { JsonValue, StageContext, StateStep } from '../state/state-adapter.js';
import { buildDatabase } from './build-database.js';
import { ClientSession } from './client-session.js';
import type { DatabaseRecord } from './database-record.js';
import type { Definition } from './definition-text.js';
import { databasesPrefix, POSITION_PATH } from './document-paths.js';
import { findBusy } from './end-transactions.js';
import { listTables } from './list-tables.js';
import { readMariadbSettings } from './mariadb-settings.js';
import { MARKER } from './own-tables.js';
import type { MariadbStep } from './plan-databases.js';
import { quoteName, quoteText } from './quote.js';
import { type Position, readServer, type ServerRecord, versionNumbers } from './read-server.js';
import { accessServer, type ServerAccess } from './server-access.js';
import { readStoredDatabase, readTableRecords } from './stored-database.js';
import type { CapturedTable } from './table-record.js';

/** What is done when it is decided. */
export interface PreparedDatabase {
  readonly database: string;
  /** Where the tables are that get into it; none where it is removed, or where only its programs are put back. */
  readonly staged: string | null;
  /** Where those in use get. */
  readonly aside: string;
  readonly do: 'replace' | 'create' | 'remove' | 'reopen';
  readonly record: DatabaseRecord | null;
  readonly programs: readonly Definition[];
  /** What the tables in use were when the safety point was taken. */
  readonly safety: Safety | null;
}

export interface Safety {
  readonly position: Position;
  readonly tables: readonly Pick<CapturedTable, 'name' | 'columns' | 'key' | 'sha256'>[];
}

export interface PreparedServer {
  readonly isMariadb: boolean;
  readonly databases: readonly PreparedDatabase[];
  readonly users: readonly Extract<MariadbStep, { user: unknown }>[];
  /** Of all databases that what accounts may do is about. */
  readonly names: readonly string[];
}

export async function stageDatabases(steps: readonly StateStep[], context: StageContext): Promise<JsonValue> {
  const wanted = steps.map(({ data }) => data as unknown as MariadbStep);
  const databases = wanted.flatMap((each) => ('database' in each ? [each] : []));
  const users = wanted.flatMap((each) => ('user' in each ? [each] : []));
  if (wanted.length === 0) return { isMariadb: true, databases: [], users: [], names: [] };
  const settings = readMariadbSettings(context);
  const access = accessServer(context.component, settings);
  const session = await ClientSession.open(access, { signal: context.signal });
  try {
    const server = await readServer(session);
    if (databases.length > 0) requireAtomicRename(server, context.component);
    const prepared: PreparedDatabase[] = [];
    for (const step of databases) {
      await requireNoOutsiders(session, step.database, context.component);
      // It takes a right of its own to see who is in the way: now is the time to miss it.
      await aboutObject(`database ${step.database}`, () => findBusy(session, step.database));
      prepared.push(await stageOne(step, context, { access, session, server, jobs: settings.jobs }));
    }
    await session.close();
    const names = [...new Set([...(await namesIn(context.from)), ...(await namesIn(context.to))])];
    return { isMariadb: server.isMariadb, databases: prepared, users, names } as unknown as JsonValue;
  } finally {
    session.kill();
  }
}

async function namesIn(reader: StageContext['from']): Promise<string[]> {
  const depth = databasesPrefix.split('/').length;
  return (await reader.list(databasesPrefix)).map((path) => decodeName(path.split('/')[depth] as string));
}

interface OneMeans {
  readonly access: ServerAccess;
  readonly session: ClientSession;
  readonly server: ServerRecord;
  readonly jobs: number;
}

async function stageOne(
  { database, do: verb }: Extract<MariadbStep, { database: string }>,
  context: StageContext,
  { access, session, server, jobs }: OneMeans,
): Promise<PreparedDatabase> {
  const { attempt, takesBack, from, to, signal } = context;
  const { staged, aside } = attemptNames(attempt, database);
  const prepared = {
    database,
    aside,
    do: verb,
    record: null,
    programs: [],
    safety: await readSafety(from, database),
  };
  if (takesBack !== undefined) {
    const before = attemptNames(takesBack, database);
    // What it leads back to is still there: as it was, and whole.
    const isAside = (await listTables(session, before.aside)).includes(MARKER);
    const isUntouched = !isAside && (await listTables(session, before.staged)).includes(MARKER);
    if (isAside || isUntouched) {
      const stored = verb === 'remove' ? undefined : await readStoredDatabase(to, database);
      return {
        ...{ ...prepared, do: isAside ? verb : 'reopen', staged: isAside ? before.aside : null },
        ...{ record: stored?.record ?? null, programs: stored?.programs ?? [] },
      };
    }
  }
  await claim(session, { database, staged }, context);
  if (verb === 'remove') {
    await session.run(
      `CREATE TABLE ${quoteName(staged)}.${quoteName(MARKER)} (record LONGTEXT CHARACTER SET utf8mb4)`,
    );
    return { ...prepared, staged };
  }
  const { isMariadb } = server;
  const { record, programs } = await buildDatabase(database, staged, {
    access,
    reader: to,
    isMariadb,
    jobs,
    signal,
  });
  return { ...prepared, staged, record, programs };
}

async function readSafety(from: StageContext['from'], database: string): Promise<Safety | null> {
  const position = await readDocument<Position>(from, POSITION_PATH);
  if (position === undefined) return null;
  const tables = await readTableRecords(from, database);
  return {
    position,
    tables: tables.map(({ name, columns, key, sha256 }) => ({ name, columns, key, sha256 })),
  };
}

const CLAIM_SECONDS = 10;

/** Two rollbacks of one database at once would each take the other's tables for those in use. Makes the new database. */
async function claim(
  session: ClientSession,
  { database, staged }: { readonly database: string; readonly staged: string },
  { component, attempt, takesBack }: StageContext,
): Promise<void> {
  const [[got]] = (await session.values(`SELECT GET_LOCK('savepoint', ${CLAIM_SECONDS})`)) as [
    [string | null],
  ];
  const found = await session.values('SELECT SCHEMA_NAME FROM information_schema.SCHEMATA');
  const own = [attempt, ...(takesBack === undefined ? [] : [takesBack])].map(
    (each) => attemptNames(each, database).staged,
  );
  const other = found
    .map(([name]) => name ?? '')
    .find((name) => isStagedFor(name, database) && !own.includes(name));
  if (got !== '1' || other !== undefined) {
    throw new SavepointError(
      'LOCKED',
      `another rollback of database ${database} is under way, or was interrupted${other === undefined ? '' : ` (it makes ${other})`}. Wait for its end, or run 'savepoint recover' with its store.`,
      { fields: { component, database, found: other } },
    );
  }
  await session.run(`CREATE DATABASE ${quoteName(staged)}`);
  await session.run("DO RELEASE_LOCK('savepoint')");
}

/** From these versions on, one statement exchanges all tables or none, whatever happens to the server meanwhile. */
const ATOMIC_FROM = { mariadb: [10, 6], mysql: [8, 0] } as const;

function requireAtomicRename(server: ServerRecord, component: string): void {
  const [major, minor] = versionNumbers(server);
  const [fromMajor, fromMinor] = ATOMIC_FROM[server.isMariadb ? 'mariadb' : 'mysql'];
  if (major > fromMajor || (major === fromMajor && minor >= fromMinor)) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `the server is of version ${server.version}: before ${fromMajor}.${fromMinor}, a crash while tables are renamed can leave some old and some new. Upgrade it, or restore single tables.`,
    { fields: { component, found: server.version } },
  );
}

/** A reference from another database would go on to the tables that are put aside. */
async function requireNoOutsiders(
  session: ClientSession,
  database: string,
  component: string,
): Promise<void> {
  const [found] = await session.rows<{ database: string; table: string; name: string }>(
    `SELECT JSON_OBJECT('database', CONSTRAINT_SCHEMA, 'table', TABLE_NAME, 'name', CONSTRAINT_NAME)
     FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = ${quoteText(database)}
       AND CONSTRAINT_SCHEMA <> ${quoteText(database)} AND CONSTRAINT_SCHEMA NOT LIKE 'savepoint\\\\_%' LIMIT 1`,
  );
  if (found === undefined) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `the foreign key ${found.name} of ${found.database}.${found.table} refers to tables of database ${database}, and would not follow the exchange. Drop it, roll back, and add it again.`,
    { fields: { component, database, constraint: found.name } },
  );
}
