// Single tables of MariaDB databases: looked at, compared row by row, and put back alone, in one transaction.
import { SavepointError } from '../../store/errors.js';
import { compareRows, type RowFormat } from '../database/compare-rows.js';
import { decodeName } from '../database/document-name.js';
import { readOrder, readRows } from '../database/stored-rows.js';
import { readDocument } from '../state/json-document.js';
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
import { liveRows, type NamedTable, storedRows } from './table-rows.js';

export const mariadbTables: StateTables = {
  list: async (reader) => (await listTables(reader)).map(({ name }) => name),
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

interface ListedTable {
  /** `TABLE`; with several databases, `DATABASE/TABLE`. */
  readonly name: string;
  readonly database: string;
  readonly path: string;
}

async function listTables(reader: StateReader): Promise<ListedTable[]> {
  const depth = databasesPrefix.split('/').length;
  const found: Omit<ListedTable, 'name'>[] = [];
  for (const path of await reader.list(databasesPrefix)) {
    const names = path.split('/');
    if (names[depth + 1] === 'tables' && names.at(-1) === 'table.json')
      found.push({ database: decodeName(names[depth] as string), path });
  }
  const isOne = new Set(found.map(({ database }) => database)).size === 1;
  return found.map((each) => {
    const table = decodeName(each.path.split('/').at(-2) as string);
    return { ...each, name: isOne ? table : `${each.database}/${table}` };
  });
}

/** By its name. Throws PATH_NOT_FOUND. */
async function findTable(name: string, reader: StateReader): Promise<NamedTable> {
  const listed = (await listTables(reader)).find(
    (each) =>
      each.name === name || `${each.database}/${decodeName(each.path.split('/').at(-2) as string)}` === name,
  );
  const table = listed && (await readDocument<CapturedTable>(reader, listed.path));
  if (listed === undefined || table === undefined) {
    throw new SavepointError('PATH_NOT_FOUND', `The point has no table '${name}'.`, {
      fields: { table: name },
    });
  }
  const paths = databasePaths(listed.database).table(table.name);
  return { database: listed.database, table, paths, segments: await readOrder(reader, paths) };
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
    return compareRows({ before: storedRows(found, before), after: storedRows(other, after) }, format);
  }
  return inDatabase(found.database, context, async (session) => {
    await requireSameColumns(session, found);
    await session.run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    const live = liveRows(session, found);
    const rows = storedRows(found, stored);
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
