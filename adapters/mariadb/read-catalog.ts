// What there is in a MariaDB database: its tables with their columns and keys, and its sequences.
import { SavepointError } from '../../store/errors.js';
import { OWN_PREFIX } from '../database/attempt-names.js';
import type { ClientSession } from './client-session.js';
import { quoteText } from './quote.js';
import type { ColumnRecord } from './row-text.js';

export interface TableRecord {
  readonly name: string;
  readonly engine: string;
  /** Those that hold data of their own, in order: not what is computed from others. */
  readonly columns: readonly ColumnRecord[];
  /** The columns of a unique index without NULL, of the primary key if there is one; none where there is no such index. */
  readonly key: readonly string[];
  /** On the server's disk, about. */
  readonly sizeBytes: number;
}

export interface Catalog {
  /** The largest first. */
  readonly tables: readonly TableRecord[];
  /** MariaDB's own. */
  readonly sequences: readonly string[];
}

interface FoundTable {
  readonly name: string;
  readonly type: string;
  readonly engine: string | null;
  readonly sizeBytes: number;
}

interface FoundColumn extends ColumnRecord {
  readonly table: string;
  readonly isComputed: number;
  readonly isNullable: number;
}

interface FoundIndex {
  readonly table: string;
  readonly name: string;
  readonly column: string;
  readonly part: number | null;
}

/** Throws UNSUPPORTED where a table keeps what can't be read and put back. */
export async function readCatalog(session: ClientSession, database: string): Promise<Catalog> {
  const where = `TABLE_SCHEMA = ${quoteText(database)} AND LEFT(TABLE_NAME, ${OWN_PREFIX.length}) <> ${quoteText(OWN_PREFIX)}`;
  const found = await session.rows<FoundTable>(
    `SELECT JSON_OBJECT('name', TABLE_NAME, 'type', TABLE_TYPE, 'engine', ENGINE,
      'sizeBytes', COALESCE(DATA_LENGTH, 0)) FROM information_schema.TABLES WHERE ${where} AND TABLE_TYPE <> 'VIEW'`,
  );
  const columns = groupByTable(
    await session.rows<FoundColumn>(
      `SELECT JSON_OBJECT('table', TABLE_NAME, 'name', COLUMN_NAME, 'type', LOWER(DATA_TYPE),
        'isComputed', IF(COALESCE(GENERATION_EXPRESSION, '') <> '', 1, 0), 'isNullable', IF(IS_NULLABLE = 'YES', 1, 0))
       FROM information_schema.COLUMNS WHERE ${where} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    ),
  );
  const indexes = groupByTable(
    await session.rows<FoundIndex>(
      `SELECT JSON_OBJECT('table', TABLE_NAME, 'name', INDEX_NAME, 'column', COLUMN_NAME, 'part', SUB_PART)
       FROM information_schema.STATISTICS WHERE ${where} AND NON_UNIQUE = 0 AND INDEX_TYPE = 'BTREE'
       ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
    ),
  );
  const tables = found.flatMap(({ name, type, engine, sizeBytes }) => {
    if (type === 'SEQUENCE') return [];
    if (type !== 'BASE TABLE' || engine === null) throw unsupported(database, name, type);
    const all = columns.get(name) ?? [];
    const own = all.filter(({ isComputed }) => isComputed === 0);
    const key = chooseKey(indexes.get(name) ?? [], own);
    return [
      { name, engine, columns: own.map((each) => ({ name: each.name, type: each.type })), key, sizeBytes },
    ];
  });
  return {
    tables: tables.sort(
      (left, right) => right.sizeBytes - left.sizeBytes || (left.name < right.name ? -1 : 1),
    ),
    sequences: found
      .filter(({ type }) => type === 'SEQUENCE')
      .map(({ name }) => name)
      .sort(),
  };
}

function groupByTable<T extends { readonly table: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.table);
    if (group === undefined) groups.set(row.table, [row]);
    else group.push(row);
  }
  return groups;
}

function chooseKey(parts: readonly FoundIndex[], columns: readonly FoundColumn[]): string[] {
  const sound = new Set(columns.filter(({ isNullable }) => isNullable === 0).map(({ name }) => name));
  const names = [...new Set(parts.map(({ name }) => name))];
  const keys = names
    .map((name) => ({ name, parts: parts.filter((part) => part.name === name) }))
    .filter((index) => index.parts.every(({ column, part }) => part === null && sound.has(column)))
    .sort(
      (left, right) =>
        Number(right.name === 'PRIMARY') - Number(left.name === 'PRIMARY') ||
        left.parts.length - right.parts.length,
    );
  return keys[0]?.parts.map(({ column }) => column) ?? [];
}

function unsupported(database: string, table: string, type: string): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `table ${database}.${table} is of a sort (${type}) whose history can't be read and put back here. Leave its database out, or drop that: ALTER TABLE … DROP SYSTEM VERSIONING.`,
    { fields: { database, table, found: type } },
  );
}
