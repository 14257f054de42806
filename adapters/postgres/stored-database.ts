// A database as a point has it: its record, its tables with their segments, its sequences.
import { SavepointError } from '../../store/errors.js';
import { readOrder } from '../database/stored-rows.js';
import type { TablePaths } from '../database/table-paths.js';
import { readDocument } from '../state/json-document.js';
import type { SegmentEntry } from '../state/row-cutter.js';
import type { StateReader } from '../state/state-adapter.js';
import type { DatabaseRecord } from './database-record.js';
import { databasePaths } from './document-paths.js';
import type { SequenceRecord } from './read-catalog.js';
import type { CapturedTable } from './table-record.js';

export interface StoredDatabase {
  readonly record: DatabaseRecord & {
    readonly extensions: readonly { readonly name: string; readonly version: string }[];
  };
  readonly before: string;
  readonly after: string;
  readonly sequences: readonly SequenceRecord[];
  /** The largest first. */
  readonly tables: readonly StoredTable[];
  readonly largeObjects: StoredRows | undefined;
}

export interface StoredRows {
  readonly paths: TablePaths;
  readonly segments: readonly SegmentEntry[];
}

export interface StoredTable extends StoredRows {
  readonly table: CapturedTable;
}

/** Throws OBJECT_CORRUPT where a part of it is missing. */
export async function readStoredDatabase(reader: StateReader, database: string): Promise<StoredDatabase> {
  const paths = databasePaths(database);
  const text = async (path: string) => new TextDecoder().decode(required(await reader.read(path), path));
  const tables: StoredTable[] = [];
  for (const path of await reader.list(paths.tables)) {
    if (!path.endsWith('/table.json')) continue;
    const table = required(await readDocument<CapturedTable>(reader, path), path);
    const ofTable = paths.table(table);
    tables.push({ table, paths: ofTable, segments: await readOrder(reader, ofTable) });
  }
  const hasLargeObjects = (await reader.read(paths.largeObjects.order)) !== undefined;
  return {
    record: required(await readDocument<StoredDatabase['record']>(reader, paths.record), paths.record),
    before: await text(paths.before),
    after: await text(paths.after),
    sequences: (await readDocument<SequenceRecord[]>(reader, paths.sequences)) ?? [],
    tables: tables.sort((left, right) => right.table.bytes - left.table.bytes),
    largeObjects: hasLargeObjects
      ? { paths: paths.largeObjects, segments: await readOrder(reader, paths.largeObjects) }
      : undefined,
  };
}

function required<T>(value: T | undefined, path: string): T {
  if (value !== undefined) return value;
  throw new SavepointError('OBJECT_CORRUPT', `The point has no document ${path}; use another point.`, {
    fields: { path },
  });
}
