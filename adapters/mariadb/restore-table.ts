// Makes one live table as a point has it, in one transaction of its own: only rows that differ are touched, nobody else writes to
// the table meanwhile, and all of its rows are read again before the end.
import { SavepointError } from '../../store/errors.js';
import { compareRows } from '../database/compare-rows.js';
import { readRows, storedSegments } from '../database/stored-rows.js';
import type { StateReader } from '../state/state-adapter.js';
import type { TableDifference, TableRow } from '../state/state-tables.js';
import type { ClientSession } from './client-session.js';
import { insertRows, LOAD_SETTINGS } from './load-tables.js';
import { quoteName, quoteNames, quoteQualified, quoteText } from './quote.js';
import { hashRows, readLiveRows } from './read-rows.js';
import { decodeValue, literalOf } from './row-text.js';
import { liveRows, type NamedTable } from './table-rows.js';

/** The session's mode has to be that of loading. Throws before anything is visible to others: what the server refuses, VALIDATION_FAILED. */
export async function restoreTable(
  session: ClientSession,
  found: NamedTable,
  reader: StateReader,
): Promise<TableDifference> {
  await requireRestorable(session, found);
  await session.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await session.run('START TRANSACTION');
  const columns = found.table.columns.map(({ name }) => name);
  // All rows, and the gaps between them, are ours from here on: others may read; who writes waits.
  const raw = await compareRows(
    { before: liveRows(session, found, ' FOR UPDATE'), after: storedSegments(reader, found) },
    { columns, key: found.table.key, decode: (value) => value },
  );
  // So rows of other tables do not go with those that go, and the order is free; what is left without its match is looked for.
  await session.run(LOAD_SETTINGS);
  const orphansBefore = await countOrphans(session, found);
  if (found.table.key.length === 0) await replaceRows(session, found, { reader, raw });
  else await changeRows(session, found, raw);
  await checkRows(session, found);
  await requireNoOrphans(session, found, orphansBefore);
  await session.commit();
  return decoded(raw);
}

async function requireRestorable(session: ClientSession, { database, table }: NamedTable): Promise<void> {
  const where = (schema: string, name: string) =>
    `${schema} = ${quoteText(database)} AND ${name} = ${quoteText(table.name)}`;
  const about = await session.row<{ transactional: number; trigger: string | null }>(
    `SELECT JSON_OBJECT('transactional', (SELECT COUNT(*) FROM information_schema.TABLES AS t JOIN information_schema.ENGINES AS e
        ON e.ENGINE = t.ENGINE AND e.TRANSACTIONS = 'YES' AND e.SAVEPOINTS = 'YES' WHERE ${where('t.TABLE_SCHEMA', 't.TABLE_NAME')}),
      'trigger', (SELECT MIN(TRIGGER_NAME) FROM information_schema.TRIGGERS WHERE ${where('EVENT_OBJECT_SCHEMA', 'EVENT_OBJECT_TABLE')}))`,
  );
  const name = `${database}.${table.name}`;
  const refuse = (why: string) =>
    new SavepointError(
      'UNSUPPORTED',
      `The table ${name} ${why} Roll its database back as a whole, or take the rows by 'savepoint cat'.`,
      {
        fields: { table: name },
      },
    );
  if (about.transactional === 0)
    throw refuse('is of an engine without transactions, and so might be left half done.');
  if (about.trigger !== null)
    throw refuse(`has the trigger ${about.trigger}, which would see the rows that are put back.`);
}

interface RawDifference {
  readonly reader: StateReader;
  readonly raw: TableDifference;
}

/** Rows that nothing tells apart. */
async function replaceRows(
  session: ClientSession,
  found: NamedTable,
  { reader, raw }: RawDifference,
): Promise<void> {
  if (raw.added.length + raw.removed.length === 0) return;
  const { database, table } = found;
  await session.run(`DELETE FROM ${quoteQualified(database, table.name)}`);
  await insertRows(session, { database, table, rows: readRows(reader, found) });
}

const ROWS_AT_ONCE = 200;

async function changeRows(
  session: ClientSession,
  { database, table }: NamedTable,
  raw: TableDifference,
): Promise<void> {
  const name = quoteQualified(database, table.name);
  const positions = table.key.map((key) => raw.columns.indexOf(key));
  const keyOf = (row: TableRow) => positions.map((position) => literalOf(row[position] as string));
  for (let at = 0; at < raw.removed.length; at += ROWS_AT_ONCE) {
    const keys = raw.removed.slice(at, at + ROWS_AT_ONCE).map((row) => `(${keyOf(row).join(', ')})`);
    await session.run(`DELETE FROM ${name} WHERE (${quoteNames(table.key)}) IN (${keys.join(', ')})`);
  }
  for (const { before, after } of raw.changed) {
    // All of them: what the server sets by itself when a row is changed stays as it is wanted.
    const values = raw.columns.map(
      (column, at) => `${quoteName(column)} = ${literalOf(after[at] as string)}`,
    );
    const where = table.key.map((key, at) => `${quoteName(key)} = ${keyOf(before)[at]}`).join(' AND ');
    await session.run(`UPDATE ${name} SET ${values.join(', ')} WHERE ${where}`);
  }
  await insertRows(session, { database, table, rows: linesOf(raw.added) });
}

async function* linesOf(rows: readonly TableRow[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const lines = rows.slice(at, at + ROWS_AT_ONCE).map((row) => `${row.join('\t')}\n`);
    yield Buffer.from(lines.join(''));
  }
}

async function checkRows(session: ClientSession, { database, table }: NamedTable): Promise<void> {
  // As the transaction has them, and not as they were when it began to look.
  const found = await hashRows(readLiveRows(session, { database, table, suffix: ' FOR UPDATE' }));
  if (found === table.sha256) return;
  throw new SavepointError(
    'VALIDATION_FAILED',
    `The table ${database}.${table.name} would not have the rows of the point: nothing was changed. See whether types of columns print or sort differently now.`,
    { fields: { table: `${database}.${table.name}`, expected: table.sha256, found } },
  );
}

interface Reference {
  readonly name: string;
  readonly select: string;
  readonly child: string;
}

async function findReferences(session: ClientSession, { database, table }: NamedTable): Promise<Reference[]> {
  const rows = await session.rows<
    Record<'schema' | 'name' | 'child' | 'column' | 'parentSchema' | 'parent' | 'parentColumn', string>
  >(
    `SELECT JSON_OBJECT('schema', TABLE_SCHEMA, 'name', CONSTRAINT_NAME, 'child', TABLE_NAME, 'column', COLUMN_NAME,
      'parentSchema', REFERENCED_TABLE_SCHEMA, 'parent', REFERENCED_TABLE_NAME, 'parentColumn', REFERENCED_COLUMN_NAME)
     FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL AND (
       (TABLE_SCHEMA = ${quoteText(database)} AND TABLE_NAME = ${quoteText(table.name)})
       OR (REFERENCED_TABLE_SCHEMA = ${quoteText(database)} AND REFERENCED_TABLE_NAME = ${quoteText(table.name)}))
     ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
  );
  const names = [...new Set(rows.map(({ schema, child, name }) => JSON.stringify([schema, child, name])))];
  return names.flatMap((id) => {
    const parts = rows.filter(({ schema, child, name }) => JSON.stringify([schema, child, name]) === id);
    const [first] = parts;
    if (first === undefined) return [];
    const on = parts.map(
      ({ column, parentColumn }) => `c.${quoteName(column)} = p.${quoteName(parentColumn)}`,
    );
    const isSet = parts.map(({ column }) => `c.${quoteName(column)} IS NOT NULL`);
    return [
      {
        ...{ name: first.name, child: `${first.schema}.${first.child}` },
        select: `SELECT COUNT(*) FROM ${quoteQualified(first.schema, first.child)} AS c LEFT JOIN ${quoteQualified(first.parentSchema, first.parent)} AS p
          ON ${on.join(' AND ')} WHERE ${isSet.join(' AND ')} AND p.${quoteName(first.parentColumn)} IS NULL LOCK IN SHARE MODE`,
      },
    ];
  });
}

/** Rows whose match is missing, by foreign key. */
async function countOrphans(session: ClientSession, found: NamedTable): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { name, child, select } of await findReferences(session, found)) {
    const [[count]] = (await session.values(select)) as [[string]];
    counts.set(`${name} of ${child}`, Number(count));
  }
  return counts;
}

async function requireNoOrphans(
  session: ClientSession,
  found: NamedTable,
  before: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [constraint, count] of await countOrphans(session, found)) {
    if (count <= (before.get(constraint) ?? 0)) continue;
    const table = `${found.database}.${found.table.name}`;
    throw new SavepointError(
      'UNSUPPORTED',
      `The foreign key ${constraint} would have ${count} rows without a match if ${table} were as in the point: nothing was changed. Roll the database back as a whole, or see to those rows yourself.`,
      { fields: { table, constraint, rows: count } },
    );
  }
}

function decoded({ columns, key, added, removed, changed }: TableDifference): TableDifference {
  const rowOf = (row: TableRow): TableRow => row.map((value) => decodeValue(value as string));
  return {
    ...{ columns, key, added: added.map(rowOf), removed: removed.map(rowOf) },
    changed: changed.map(({ before, after }) => ({ before: rowOf(before), after: rowOf(after) })),
  };
}
