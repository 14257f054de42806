// Single tables of PostgreSQL databases: looked at, compared row by row, and put back alone, in one transaction.
import { SavepointError } from '../../store/errors.js';
import { compareRows, type RowFormat } from '../database/compare-rows.js';
import { findTable as findNamed, listTables } from '../database/named-tables.js';
import { readRows, storedSegments } from '../database/stored-rows.js';
import type { TablePaths } from '../database/table-paths.js';
import type { StateContext, StateReader } from '../state/state-adapter.js';
import type { StateTables, TableDifference, TableSide } from '../state/state-tables.js';
import { decodeValue } from './copy-text.js';
import { databasePaths, databasesPrefix } from './document-paths.js';
import { readPostgresSettings } from './postgres-settings.js';
import { PsqlSession } from './psql-session.js';
import { readCatalog, type TableRecord } from './read-catalog.js';
import { restoreTable } from './restore-table.js';
import { accessServer } from './server-access.js';
import type { CapturedTable } from './table-record.js';
import { liveRows, type NamedTable } from './table-rows.js';

export const postgresTables: StateTables = {
  list: async (reader) => (await listTables(reader, databasesPrefix)).map(({ name }) => name),
  async *read(name, reader) {
    const { paths, segments } = await findTable(name, reader);
    yield* readRows(reader, { segments, paths });
  },
  compare: compareTable,
  async restore(name, reader, context) {
    const found = await findTable(name, reader);
    return inDatabase(found.database, context, async (session) => {
      await requireSameColumns(session, found);
      return restoreTable(session, found, reader);
    });
  },
};

const PLACES = {
  databasesPrefix,
  pathsOf: (database: string, table: CapturedTable) => databasePaths(database).table(table),
};

/** By its name, of which 'public.' may be left off. Throws PATH_NOT_FOUND. */
function findTable(name: string, reader: StateReader): Promise<NamedTable> {
  return findNamed<CapturedTable, TablePaths>(reader, [name, withSchema(name)], PLACES);
}

function withSchema(name: string): string {
  const slash = name.lastIndexOf('/');
  return `${name.slice(0, slash + 1)}public.${name.slice(slash + 1)}`;
}

async function compareTable(
  name: string,
  { before, after }: { readonly before: TableSide; readonly after: TableSide },
  context: StateContext,
): Promise<TableDifference> {
  const stored = before === 'live' ? after : before;
  if (stored === 'live') throw new Error('savepoint bug: a table is compared with itself');
  const found = await findTable(name, stored);
  const { columns, key } = found.table;
  const format: RowFormat = { columns, key, decode: decodeValue };
  if (before !== 'live' && after !== 'live') {
    const other = await findTable(name, after);
    requireColumns(name, columns, other.table.columns);
    return compareRows(
      { before: storedSegments(before, found), after: storedSegments(after, other) },
      format,
    );
  }
  return inDatabase(found.database, context, async (session) => {
    await requireSameColumns(session, found);
    await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const live = liveRows(session, found.table);
    const rows = storedSegments(stored, found);
    return compareRows(
      before === 'live' ? { before: live, after: rows } : { before: rows, after: live },
      format,
    );
  });
}

async function requireSameColumns(session: PsqlSession, { table }: NamedTable): Promise<TableRecord> {
  const { tables } = await readCatalog(session);
  const live = tables.find(({ schema, name }) => schema === table.schema && name === table.name);
  const name = `${table.schema}.${table.name}`;
  if (live === undefined) {
    throw new SavepointError(
      'UNSUPPORTED',
      `The database has no table ${name} now: roll it back as a whole, or take the table's rows by 'savepoint cat'.`,
      { fields: { table: name } },
    );
  }
  requireColumns(name, table.columns, live.columns);
  return live;
}

function requireColumns(name: string, left: readonly string[], right: readonly string[]): void {
  if (left.join('\0') === right.join('\0')) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `The table ${name} has other columns (${right.join(', ')}) than the point has (${left.join(', ')}): its rows can't be compared. Roll the database back as a whole, or take the rows by 'savepoint cat'.`,
    { fields: { table: name, expected: left, found: right } },
  );
}

async function inDatabase<T>(
  database: string,
  context: StateContext,
  work: (session: PsqlSession) => Promise<T>,
): Promise<T> {
  const access = accessServer(context.component, readPostgresSettings(context));
  const session = await PsqlSession.open(access, { database, signal: context.signal });
  try {
    const result = await work(session);
    await session.close();
    return result;
  } finally {
    session.kill();
  }
}
