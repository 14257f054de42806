// A database as a point has it: its record, its definitions, its tables with their segments, its sequences.
import { SavepointError } from '../../store/errors.js';
import { readOrder } from '../database/stored-rows.js';
import type { TablePaths } from '../database/table-paths.js';
import { readDocument } from '../state/json-document.js';
import type { SegmentEntry, StateReader } from '../state/state-adapter.js';
import type { DatabaseRecord } from './database-record.js';
import { type Definition, parseDefinitions } from './definition-text.js';
import { databasePaths } from './document-paths.js';
import type { CapturedTable } from './table-record.js';

export interface StoredTable {
  readonly table: CapturedTable;
  readonly paths: TablePaths;
  readonly segments: readonly SegmentEntry[];
}

/** MariaDB's own. */
export interface StoredSequence {
  readonly name: string;
  readonly next: string;
  readonly round: string;
}

export interface StoredDatabase {
  readonly record: DatabaseRecord;
  readonly definitions: readonly Definition[];
  readonly programs: readonly Definition[];
  readonly sequences: readonly StoredSequence[];
  /** The largest first. */
  readonly tables: readonly StoredTable[];
}

/** Throws OBJECT_CORRUPT where a part of it is missing. */
export async function readStoredDatabase(reader: StateReader, database: string): Promise<StoredDatabase> {
  const paths = databasePaths(database);
  const definitionsAt = async (path: string) =>
    parseDefinitions(required(await reader.read(path), path), path);
  const tables: StoredTable[] = [];
  for (const table of await readTableRecords(reader, database)) {
    const ofTable = paths.table(table.name);
    tables.push({ table, paths: ofTable, segments: await readOrder(reader, ofTable) });
  }
  return {
    record: required(await readDocument<DatabaseRecord>(reader, paths.record), paths.record),
    definitions: await definitionsAt(paths.tableDefinitions),
    programs: await definitionsAt(paths.routines),
    sequences: (await readDocument<StoredSequence[]>(reader, paths.sequences)) ?? [],
    tables: tables.sort((left, right) => right.table.bytes - left.table.bytes),
  };
}

export async function readTableRecords(reader: StateReader, database: string): Promise<CapturedTable[]> {
  const tables: CapturedTable[] = [];
  for (const path of await reader.list(databasePaths(database).tables)) {
    if (path.endsWith('/table.json'))
      tables.push(required(await readDocument<CapturedTable>(reader, path), path));
  }
  return tables;
}

function required<T>(value: T | undefined, path: string): T {
  if (value !== undefined) return value;
  throw new SavepointError(
    'OBJECT_CORRUPT',
    `The document ${path} of a recovery point is missing; use another point.`,
    {
      fields: { path },
    },
  );
}
