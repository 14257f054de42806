// Single tables of MariaDB databases: looked at, compared row by row, and put back alone, in one transaction.
import { SavepointError } from '../../store/errors.js';
import { compareRows, type RowFormat } from '../database/compare-rows.js';
import { findTable as findNamed, listTables } from '../database/named-tables.js';
import { readRows, storedSegments } from '../database/stored-rows.js';
import type { TablePaths } from '../database/table-paths.js';
import type { StateContext, StateReader } from '../state/state-adapter.js';
import type { StateTables, TableDifference, TableSide } from '../state/state-tables.js';
import { ClientSession } from './client-session.js';
import { databasePaths, databasesPrefix } from './document-paths.js';
import { LOAD_MODE } from './load-tables.js';
import { readMariadbSettings } from './mariadb-settings.js';
import { readCatalog } from './read-catalog.js';
import { restoreTable } from './restore-table.js';
import { type ColumnRecord, decodeValue } from './row-text.js';
import { accessServer } from './server-access.js';
import type { CapturedTable } from './table-record.js';
import { liveRows, type NamedTable } from './table-rows.js';

export const mariadbTables: StateTables = {
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
  pathsOf: (database: string, table: CapturedTable) => databasePaths(database).table(table.name),
};

/** By its name. Throws PATH_NOT_FOUND. */
function findTable(name: string, reader: StateReader): Promise<NamedTable> {
  return findNamed<CapturedTable, TablePaths>(reader, [name], PLACES);
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
  const format: RowFormat = { columns: columns.map((column) => column.name), key, decode: decodeValue };
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
    await session.run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    const live = liveRows(session, found);
    const rows = storedSegments(stored, found);
    return compareRows(
      before === 'live' ? { before: live, after: rows } : { before: rows, after: live },
      format,
    );
  });
}

async function requireSameColumns(session: ClientSession, { database, table }: NamedTable): Promise<void> {
  const { tables } = await readCatalog(session, database);
  const live = tables.find(({ name }) => name === table.name);
  const name = `${database}.${table.name}`;
  if (live === undefined) {
    throw new SavepointError(
      'UNSUPPORTED',
      `The database has no table ${name} now: roll it back as a whole, or take the table's rows by 'savepoint cat'.`,
      { fields: { table: name } },
    );
  }
  requireColumns(name, table.columns, live.columns);
}

function requireColumns(name: string, left: readonly ColumnRecord[], right: readonly ColumnRecord[]): void {
  const describe = (columns: readonly ColumnRecord[]) =>
    columns.map((each) => `${each.name} ${each.type}`).join(', ');
  if (describe(left) === describe(right)) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `The table ${name} has other columns (${describe(right)}) than the point has (${describe(left)}): its rows can't be compared. Roll the database back as a whole, or take the rows by 'savepoint cat'.`,
    { fields: { table: name, expected: describe(left), found: describe(right) } },
  );
}

async function inDatabase<T>(
  database: string,
  context: StateContext,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const access = accessServer(context.component, readMariadbSettings(context));
  const session = await ClientSession.open(access, { database, signal: context.signal, mode: LOAD_MODE });
  try {
    const result = await work(session);
    await session.close();
    return result;
  } finally {
    session.kill();
  }
}
