// Makes one live table as a point has it, in one transaction of its own: only rows that differ are touched, nobody else writes to
// the table meanwhile, and all of its rows are read again before the end.
import { SavepointError } from '../../store/errors.js';
import { compareRows } from '../database/compare-rows.js';
import { digestRows, readIds, SegmentCheck } from '../database/row-digest.js';
import { readRows, storedSegments } from '../database/stored-rows.js';
import type { StateReader } from '../state/state-adapter.js';
import type { TableDifference, TableRow } from '../state/state-tables.js';
import { decodeValue, encodeRow } from './copy-text.js';
import type { PsqlSession } from './psql-session.js';
import { quoteName, quoteNames, quoteQualified, quoteText } from './quote.js';
import { copyInStatement, copyOutStatement } from './table-record.js';
import { liveRows, type NamedTable } from './table-rows.js';

/** Throws before anything is visible to others: what the server refuses, VALIDATION_FAILED. */
export async function restoreTable(
  session: PsqlSession,
  found: NamedTable,
  reader: StateReader,
): Promise<TableDifference> {
  const { table } = found;
  const name = quoteQualified(table);
  await session.run('BEGIN');
  // Others may read; who writes waits.
  await session.run(`LOCK TABLE ${name} IN SHARE ROW EXCLUSIVE MODE`);
  const difference = await compareRows(
    { before: liveRows(session, table), after: storedSegments(reader, found) },
    { columns: table.columns, key: table.key, decode: decodeValue },
  );
  await requireNoCascade(session, found, difference);
  const triggers = await pauseTriggers(session, found);
  await session.run('SET CONSTRAINTS ALL DEFERRED');
  if (table.key.length === 0) await replaceRows(session, found, { reader, difference });
  else await changeRows(session, found, difference);
  await checkRows(session, found, reader);
  for (const statement of triggers) await session.run(statement);
  await session.commit();
  return difference;
}

/** Rows that go must not take rows of other tables with them. */
async function requireNoCascade(
  session: PsqlSession,
  { table }: NamedTable,
  { removed }: TableDifference,
): Promise<void> {
  if (removed.length === 0) return;
  const [found] = await session.rows<{ table: string; constraint: string }>(
    `SELECT conrelid::regclass::text AS table, conname AS constraint FROM pg_constraint
     WHERE confrelid = ${quoteText(quoteQualified(table))}::regclass AND conrelid <> confrelid
       AND contype = 'f' AND confdeltype IN ('c', 'n', 'd') LIMIT 1`,
  );
  if (found === undefined) return;
  const name = `${table.schema}.${table.name}`;
  throw new SavepointError(
    'UNSUPPORTED',
    `${removed.length} rows of ${name} would go that the point does not have, and the constraint ${found.constraint} would then change rows of ${found.table}. Roll the database back as a whole, or remove those rows yourself.`,
    { fields: { table: name, constraint: found.constraint, dependant: found.table } },
  );
}

/** Triggers of the user's must not see rows that are put back; those of constraints do. Answers what lets them see again. */
async function pauseTriggers(session: PsqlSession, { table }: NamedTable): Promise<string[]> {
  const name = quoteQualified(table);
  const triggers = await session.rows<{ name: string; when: 'O' | 'A' | 'R' }>(
    `SELECT tgname AS name, tgenabled::text AS when FROM pg_trigger
     WHERE tgrelid = ${quoteText(name)}::regclass AND NOT tgisinternal AND tgenabled <> 'D'`,
  );
  const again: string[] = [];
  for (const trigger of triggers) {
    const quoted = quoteName(trigger.name);
    await session.run(`ALTER TABLE ${name} DISABLE TRIGGER ${quoted}`);
    again.push(`ALTER TABLE ${name} ENABLE ${WHEN[trigger.when]}TRIGGER ${quoted}`);
  }
  return again;
}

const WHEN = { O: '', A: 'ALWAYS ', R: 'REPLICA ' } as const;

/** Rows that nothing tells apart. */
async function replaceRows(
  session: PsqlSession,
  { table, segments, paths }: NamedTable,
  { reader, difference }: { readonly reader: StateReader; readonly difference: TableDifference },
): Promise<void> {
  if (difference.added.length + difference.removed.length === 0) return;
  await session.run(`DELETE FROM ONLY ${quoteQualified(table)}`);
  await session.copyIn(copyInStatement(table), readRows(reader, { segments, paths }));
}

async function changeRows(
  session: PsqlSession,
  { table }: NamedTable,
  { added, removed, changed }: TableDifference,
): Promise<void> {
  const name = quoteQualified(table);
  const columns = quoteNames(table.columns);
  const isSameRow = table.key
    .map((each) => `live.${quoteName(each)} = wanted.${quoteName(each)}`)
    .join(' AND ');
  const stage = async (into: string, rows: readonly TableRow[]) => {
    await session.run(
      `CREATE TEMPORARY TABLE ${into} ON COMMIT DROP AS SELECT ${columns} FROM ${name} WITH NO DATA`,
    );
    await session.copyIn(`COPY pg_temp.${into} (${columns}) FROM STDIN`, encoded(rows));
  };
  await stage('gone', removed);
  await session.run(`DELETE FROM ONLY ${name} AS live USING pg_temp.gone AS wanted WHERE ${isSameRow}`);
  await stage(
    'other',
    changed.map(({ after }) => after),
  );
  const others = table.columns.filter((each) => !table.key.includes(each));
  const values = others.map((each) => `${quoteName(each)} = wanted.${quoteName(each)}`).join(', ');
  if (others.length > 0)
    await session.run(
      `UPDATE ONLY ${name} AS live SET ${values} FROM pg_temp.other AS wanted WHERE ${isSameRow}`,
    );
  await session.copyIn(copyInStatement(table), encoded(added));
}

const ROWS_A_PIECE = 1000;

async function* encoded(rows: readonly TableRow[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < rows.length; at += ROWS_A_PIECE)
    yield Buffer.from(
      rows
        .slice(at, at + ROWS_A_PIECE)
        .map(encodeRow)
        .join(''),
    );
}

async function checkRows(
  session: PsqlSession,
  { table, segments, paths }: NamedTable,
  reader: StateReader,
): Promise<void> {
  const check = new SegmentCheck(await readIds(reader, { segments, paths }));
  for await (const piece of session.copyOut(copyOutStatement(table))) check.add(piece);
  if (check.isSame) return;
  // In another order they are the same rows.
  const wanted = await digestRows(readRows(reader, { segments, paths }));
  const live = await digestRows(session.copyOut(copyOutStatement(table)));
  if (wanted === live) return;
  throw new SavepointError(
    'VALIDATION_FAILED',
    `The table ${table.schema}.${table.name} would not have the rows of the point (number and sum of hashes are ${live}, not ${wanted}): nothing was changed. Look for rules and generated columns that change what is written.`,
    { fields: { table: `${table.schema}.${table.name}`, expected: wanted, found: live } },
  );
}
