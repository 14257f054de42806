// Compares a table of two databases that one session has: SQLite itself finds the rows that differ, each with how often.
import type { TableDifference, TableRow } from '../state/state-tables.js';
import type { TableRecord } from './read-tables.js';
import { decodeLiteral, quoteName, rowExpression } from './row-text.js';
import type { SqliteSession } from './sqlite-session.js';

/** Their names in the session. */
export interface AttachedSides {
  readonly before: string;
  readonly after: string;
}

/** A SELECT of `row`, as text, and `count`: below 0 where `before` has more of them. */
export function selectDifferences(table: TableRecord, { before, after }: AttachedSides): string {
  const rows = (side: string, count: number) =>
    `SELECT ${rowExpression(table)} AS row, ${count} AS count FROM ${side}.${quoteName(table.name)}`;
  return `SELECT row, sum(count) AS count FROM (${rows(before, -1)} UNION ALL ${rows(after, 1)})
    GROUP BY row HAVING sum(count) <> 0`;
}

/** Memory grows with what differs, not with the table. */
export async function compareAttached(
  session: SqliteSession,
  table: TableRecord,
  sides: AttachedSides,
): Promise<TableDifference> {
  const lines: string[] = [];
  const select = `SELECT count || char(9) || row FROM (${selectDifferences(table, sides)})`;
  for await (const line of session.lines(select)) lines.push(line.toString('utf8'));
  return differenceOf(lines, table);
}

/** From lines of a count and a row. */
export function differenceOf(lines: readonly string[], { columns, key }: TableRecord): TableDifference {
  const added = new Map<string, string[][]>();
  const removed: string[][] = [];
  const positions = key.map((name) => columns.indexOf(name));
  const idOf = (values: readonly string[]) =>
    (positions.length === 0 ? values : positions.map((at) => values[at])).join('\t');
  for (const line of lines) {
    const [count, ...values] = line.split('\t');
    for (let left = Math.abs(Number(count)); left > 0; left--) {
      if (Number(count) < 0) removed.push(values);
      else added.set(idOf(values), [...(added.get(idOf(values)) ?? []), values]);
    }
  }
  const changed: { before: TableRow; after: TableRow }[] = [];
  const gone: TableRow[] = [];
  for (const values of removed) {
    const now = positions.length === 0 ? undefined : added.get(idOf(values))?.shift();
    if (now === undefined) gone.push(decode(values));
    else changed.push({ before: decode(values), after: decode(now) });
  }
  const fresh = [...added.values()].flat().map(decode);
  return { columns, key, added: fresh, removed: gone, changed };
}

function decode(values: readonly string[]): TableRow {
  return values.map(decodeLiteral);
}
