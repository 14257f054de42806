// Database files of points, as files that SQLite can read: for as long as somebody looks at them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { readDocument } from '../state/json-document.js';
import type { StateReader } from '../state/state-adapter.js';
import { databaseOf, databasesPrefix, documentPaths } from './document-paths.js';
import type { TableRecord } from './read-tables.js';

export interface StoredTable {
  /** The path of its database. */
  readonly database: string;
  readonly table: TableRecord;
}

/** By the name that people give them: `TABLE`; with several databases, `PATH/TABLE`, the path without its first slash. */
export async function storedTables(reader: StateReader): Promise<Map<string, StoredTable>> {
  const found: StoredTable[] = [];
  const databases = new Set((await reader.list(databasesPrefix)).map((path) => databaseOf(path) as string));
  for (const database of databases) {
    const tables = await readDocument<TableRecord[]>(reader, documentPaths(database).tables);
    found.push(...(tables ?? []).map((table) => ({ database, table })));
  }
  const isOne = databases.size === 1;
  return new Map(
    found.map((each) => [isOne ? each.table.name : `${each.database.slice(1)}/${each.table.name}`, each]),
  );
}

/** By its name, with or without the path. Throws PATH_NOT_FOUND. */
export async function findTable(name: string, reader: StateReader): Promise<StoredTable> {
  const tables = await storedTables(reader);
  const wanted = name.startsWith('/') ? name.slice(1) : name;
  const found =
    tables.get(wanted) ??
    [...tables.values()].find(({ database, table }) => `${database.slice(1)}/${table.name}` === wanted);
  if (found !== undefined) return found;
  throw new SavepointError('PATH_NOT_FOUND', `The point has no table '${name}'.`, {
    fields: { table: name },
  });
}

/** Gives `work` the path of a file with a database's content; it is gone afterwards. */
export async function* withStored<T>(
  reader: StateReader,
  database: string,
  work: (file: string) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const directory = await mkdtemp(join(tmpdir(), 'savepoint-sqlite-'));
  try {
    const file = join(directory, 'content');
    await reader.copyTo(documentPaths(database).content, file);
    yield* work(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
