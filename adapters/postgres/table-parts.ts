// Cuts the reading of a large table into parts by its key, so that several sessions read it at once. The keys where parts begin
// are kept from one capture to the next, as segments begin there, too.

import type { TablePaths } from '../database/table-paths.js';
import { readDocument } from '../state/json-document.js';
import type { StateReader } from '../state/state-adapter.js';
import type { PsqlSession } from './psql-session.js';
import { quoteName, quoteQualified, quoteText } from './quote.js';
import type { TableRecord } from './read-catalog.js';
import type { CapturedTable } from './table-record.js';

/** Rows from one value of the key's first column on, as text; the first part has all before as well. */
export interface TablePart {
  readonly from: string | null;
}

/** Smaller tables are read by one session. */
const SMALLEST_BYTES = 64 << 20;
const PART_BYTES = 64 << 20;
/** So many sessions have about as much to do. */
const PARTS_AT_ONCE = 4;
const MOST_PARTS = 64;
/** A part may grow to so many times its share before all are chosen anew. */
const MOST_GROWTH = 4;

export async function chooseParts(
  session: PsqlSession,
  table: TableRecord,
  before: { readonly reader: StateReader | undefined; readonly paths: TablePaths },
): Promise<readonly TablePart[]> {
  const [column] = table.key;
  if (column === undefined || table.sizeBytes < SMALLEST_BYTES) return WHOLE;
  const known = await readKnown(table, before);
  if (known !== undefined) return known;
  const rounds = Math.ceil(table.sizeBytes / (PART_BYTES * PARTS_AT_ONCE));
  const count = Math.min(MOST_PARTS, rounds * PARTS_AT_ONCE);
  const bounds = (await readHistogram(session, table, column)) ?? (await readRange(session, table, column));
  const starts = pickEvenly(bounds ?? [], count);
  return [...WHOLE, ...starts.map((from) => ({ from }))];
}

const WHOLE: readonly TablePart[] = [{ from: null }];

/** Those of the last capture, while they are of about one size. */
async function readKnown(
  { key, sizeBytes }: TableRecord,
  { reader, paths }: { readonly reader: StateReader | undefined; readonly paths: TablePaths },
): Promise<readonly TablePart[] | undefined> {
  const last = reader && (await readDocument<CapturedTable>(reader, paths.record));
  if (last === undefined || last.parts.length < 2 || last.key.join('\0') !== key.join('\0')) return undefined;
  const share = Math.max(PART_BYTES, sizeBytes / last.parts.length);
  const isEven = last.parts.every(({ bytes }) => bytes < MOST_GROWTH * share);
  return isEven ? last.parts.map(({ from }) => ({ from })) : undefined;
}

/** What the server knows of the values of a column: as many rows lie between two neighbours as between any others. */
async function readHistogram(
  session: PsqlSession,
  { schema, name }: TableRecord,
  column: string,
): Promise<readonly string[] | undefined> {
  const [found] = await session.rows<{ bounds: string[] | null }>(
    `SELECT histogram_bounds::text::text[] AS bounds FROM pg_stats
     WHERE schemaname = ${quoteText(schema)} AND tablename = ${quoteText(name)}
       AND attname = ${quoteText(column)} AND NOT inherited`,
  );
  return found?.bounds?.slice(1, -1);
}

const STEPS = 100;

/** Of whole numbers, where nothing is known of them yet. */
async function readRange(
  session: PsqlSession,
  table: TableRecord,
  column: string,
): Promise<readonly string[] | undefined> {
  const name = quoteName(column);
  const [type] = await session.rows<{ isWhole: boolean }>(
    `SELECT atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AS "isWhole" FROM pg_attribute
     WHERE attrelid = ${quoteText(quoteQualified(table))}::regclass AND attname = ${quoteText(column)}`,
  );
  if (type?.isWhole !== true) return undefined;
  const rows = await session.rows<{ bound: string }>(
    `SELECT (low + (high - low) * step / ${STEPS})::text AS bound
     FROM (SELECT min(${name})::numeric AS low, max(${name})::numeric AS high FROM ONLY ${quoteQualified(table)}) ends,
       generate_series(1, ${STEPS - 1}) AS step`,
  );
  return rows.map(({ bound }) => bound.replace(/\..*$/, ''));
}

function pickEvenly(bounds: readonly string[], count: number): string[] {
  const picked = Array.from(
    { length: count - 1 },
    (_, at) => bounds[Math.floor(((at + 1) * bounds.length) / count)],
  );
  return [...new Set(picked)].filter((bound) => bound !== undefined);
}

/** The rows of one part, as a condition; none where it is all of them. */
export function conditionOf(
  { key }: Pick<TableRecord, 'key'>,
  parts: readonly TablePart[],
  number: number,
): string {
  const column = quoteName(key[0] ?? '');
  const [from, to] = [parts[number]?.from ?? null, parts[number + 1]?.from ?? null];
  const limits = [
    ...(from === null ? [] : [`${column} >= ${quoteText(from)}`]),
    ...(to === null ? [] : [`${column} < ${quoteText(to)}`]),
  ];
  return limits.length === 0 ? '' : `WHERE ${limits.join(' AND ')}`;
}
