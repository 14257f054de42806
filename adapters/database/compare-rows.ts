// Compares two states of a table by their rows. Segments that both have are passed over unread: the cost follows what differs.
import type { TableDifference, TableRow } from '../state/state-tables.js';

/** Rows as the engine writes them, one a line, values between tabs. */
export interface SegmentRows {
  readonly name: string;
  /** Equal for equal contents; missing where that is not known. */
  readonly id?: string;
  content(): Promise<Uint8Array>;
}

export interface RowFormat {
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** A value as the engine writes it, as text. */
  decode(value: string): string | null;
}

/** Memory grows with what differs, not with the table. */
export async function compareRows(
  sides: { readonly before: AsyncIterable<SegmentRows>; readonly after: AsyncIterable<SegmentRows> },
  format: RowFormat,
): Promise<TableDifference> {
  const before = new Map<string, SegmentRows>();
  for await (const segment of sides.before) before.set(segment.name, segment);
  const added = new RowBag(format);
  for await (const segment of sides.after) {
    const same = before.get(segment.name);
    if (same !== undefined && (await areEqual(same, segment))) before.delete(segment.name);
    else added.add(await segment.content());
  }
  const removed = new RowBag(format);
  for (const segment of before.values()) removed.add(await segment.content());
  return differenceOf(removed, added, format);
}

async function areEqual(left: SegmentRows, right: SegmentRows): Promise<boolean> {
  if (left.id !== undefined && right.id !== undefined) return left.id === right.id;
  return Buffer.compare(await left.content(), await right.content()) === 0;
}

/** Rows by what tells them apart, each with how often it is there. */
class RowBag {
  readonly rows = new Map<string, { readonly line: string; count: number }>();
  private readonly positions: readonly number[];

  constructor({ columns, key }: RowFormat) {
    this.positions = key.map((name) => columns.indexOf(name));
  }

  add(content: Uint8Array): void {
    for (const line of linesOf(content)) {
      const id = this.idOf(line);
      const row = this.rows.get(id);
      if (row === undefined) this.rows.set(id, { line, count: 1 });
      else row.count++;
    }
  }

  private idOf(line: string): string {
    if (this.positions.length === 0) return line;
    const values = line.split('\t');
    return this.positions.map((position) => values[position]).join('\t');
  }
}

function linesOf(content: Uint8Array): string[] {
  const lines = Buffer.from(content.buffer, content.byteOffset, content.length).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function differenceOf(before: RowBag, after: RowBag, format: RowFormat): TableDifference {
  const { columns, key } = format;
  const rowOf = (line: string): TableRow =>
    columns.length === 0 ? [] : line.split('\t').map((value) => format.decode(value));
  const added: TableRow[] = [];
  const removed: TableRow[] = [];
  const changed: { before: TableRow; after: TableRow }[] = [];
  for (const [id, { line, count }] of before.rows) {
    const now = after.rows.get(id);
    if (now === undefined || key.length === 0) {
      for (let left = count - (now?.count ?? 0); left > 0; left--) removed.push(rowOf(line));
    } else if (now.line !== line) changed.push({ before: rowOf(line), after: rowOf(now.line) });
  }
  for (const [id, { line, count }] of after.rows) {
    const was = before.rows.get(id);
    if (was !== undefined && key.length > 0) continue;
    for (let left = count - (was?.count ?? 0); left > 0; left--) added.push(rowOf(line));
  }
  return { columns, key, added, removed, changed };
}
