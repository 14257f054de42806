// Which tables of the user's a SQLite database has, with their columns and keys.
import { SavepointError } from '../../store/errors.js';
import { type SqliteAccess, SqliteSession } from './sqlite-session.js';

export interface TableRecord {
  readonly name: string;
  /** Those that are stored. */
  readonly columns: readonly string[];
  /** Of the primary key, in its order. */
  readonly key: readonly string[];
  /** Whether its rows have numbers besides their key. */
  readonly hasRowId: boolean;
}

/** In the order of their names. */
export async function readTables(access: SqliteAccess, file: string): Promise<TableRecord[]> {
  const session = await SqliteSession.open(access, file);
  try {
    const tables = await tablesIn(session);
    await session.close();
    return tables;
  } finally {
    session.kill();
  }
}

interface ColumnRow {
  readonly table: string;
  readonly isWithoutRowId: number;
  readonly column: string;
  /** Its place in the primary key; 0 where it is not in there. */
  readonly key: number;
}

/** Virtual tables are left off, with those that these keep their data in; so are columns that are generated. */
const COLUMNS = `
SELECT l.name AS "table", l.wr AS isWithoutRowId, x.name AS "column", x.pk AS "key"
FROM pragma_table_list AS l JOIN pragma_table_xinfo(l.name) AS x
WHERE l.schema = 'main' AND l.type = 'table' AND substr(l.name, 1, 7) <> 'sqlite_' AND x.hidden = 0
ORDER BY l.name, x.cid`;

/** The first version that lists tables with their kinds. */
const OLDEST_VERSION = [3, 37];

export async function tablesIn(session: SqliteSession): Promise<TableRecord[]> {
  await requireVersion(session);
  const rows = await session.rows<ColumnRow>(COLUMNS);
  const tables = new Map<string, ColumnRow[]>();
  for (const row of rows) tables.set(row.table, [...(tables.get(row.table) ?? []), row]);
  return [...tables].map(([name, columns]) => ({
    name,
    columns: columns.map(({ column }) => column),
    key: columns
      .filter(({ key }) => key > 0)
      .sort((left, right) => left.key - right.key)
      .map(({ column }) => column),
    hasRowId: columns[0]?.isWithoutRowId === 0,
  }));
}

async function requireVersion(session: SqliteSession): Promise<void> {
  const [version = ''] = await session.run('SELECT sqlite_version()');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_VERSION;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `sqlite3 is of version ${version}, and ${OLDEST_VERSION.join('.')} is the first with all that is asked of it: upgrade it, or name another one by 'program'.`,
    { fields: { found: version, expected: OLDEST_VERSION.join('.') } },
  );
}
