// Tables of the databases in a point, by the names that people give: a table's own, or DATABASE/TABLE where there are several
// databases. Their documents stand at PREFIX/DATABASE/tables/TABLE/table.json.
import { SavepointError } from '../../store/errors.js';
import { readDocument } from '../state/json-document.js';
import type { SegmentEntry } from '../state/row-cutter.js';
import type { StateReader } from '../state/state-reader.js';
import { decodeName } from './document-name.js';
import { type RowPaths, readOrder } from './stored-rows.js';

export interface ListedTable {
  readonly name: string;
  readonly database: string;
  /** As the engine calls it. */
  readonly table: string;
  /** Of the document that tells of it. */
  readonly path: string;
}

const RECORD = 'table.json';

export async function listTables(reader: StateReader, databasesPrefix: string): Promise<ListedTable[]> {
  const depth = databasesPrefix.split('/').length;
  const found: Omit<ListedTable, 'name'>[] = [];
  for (const path of await reader.list(databasesPrefix)) {
    const names = path.split('/');
    const [database = '', folder, table = ''] = names.slice(depth);
    if (folder === 'tables' && names.at(-1) === RECORD)
      found.push({ database: decodeName(database), table: decodeName(table), path });
  }
  const isOne = new Set(found.map(({ database }) => database)).size === 1;
  return found.map((each) => ({ ...each, name: isOne ? each.table : `${each.database}/${each.table}` }));
}

/** A table, which database it is in, and where its rows are. */
export interface FoundTable<Record, Paths extends RowPaths> {
  readonly database: string;
  readonly table: Record;
  readonly paths: Paths;
  readonly segments: readonly SegmentEntry[];
}

/** By any of `names`. Throws PATH_NOT_FOUND with the first of them. */
export async function findTable<Record, Paths extends RowPaths>(
  reader: StateReader,
  names: readonly [string, ...string[]],
  {
    databasesPrefix,
    pathsOf,
  }: {
    readonly databasesPrefix: string;
    readonly pathsOf: (database: string, table: Record) => Paths;
  },
): Promise<FoundTable<Record, Paths>> {
  const listed = (await listTables(reader, databasesPrefix)).find(
    ({ name, database, table }) => names.includes(name) || names.includes(`${database}/${table}`),
  );
  const table = listed && (await readDocument<Record>(reader, listed.path));
  if (listed === undefined || table === undefined) {
    const [name] = names;
    throw new SavepointError('PATH_NOT_FOUND', `The point has no table '${name}'.`, {
      fields: { table: name },
    });
  }
  const paths = pathsOf(listed.database, table);
  return { database: listed.database, table, paths, segments: await readOrder(reader, paths) };
}
