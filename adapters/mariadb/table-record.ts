// The document that says what a table's rows are: read again when they are put back or compared.
import { encodeDocument } from '../state/json-document.js';
import type { JsonValue } from '../state/state-adapter.js';
import { quoteName, quoteQualified } from './quote.js';
import type { TableRecord } from './read-catalog.js';
import { columnExpression } from './row-text.js';

/** A table with what was captured of it. How large it is on the server's disk is nothing of its state. */
export interface CapturedTable extends Omit<TableRecord, 'sizeBytes'> {
  readonly rows: number;
  readonly bytes: number;
  /** Of all rows as text, in their order. */
  readonly sha256: string;
  /** The next number of the table's counter, where it has one. */
  readonly autoIncrement: string | null;
}

/** How rows of a table are read, in a stable order: by its key, or else by all that they hold. */
export function readStatement(
  database: string,
  table: Pick<TableRecord, 'name' | 'columns' | 'key'>,
): string {
  const { name, columns, key } = table;
  const values = columns.length === 0 ? ["'='"] : columns.map(columnExpression);
  const order = key.length > 0 ? key.map((column) => `found.${quoteName(column)}`) : values.map(orderOf);
  return `SELECT ${values.join(', ')} FROM ${quoteQualified(database, name)} AS found ORDER BY ${order.join(', ')}`;
}

/** The server sorts by the beginning of what is long; so that goes by its hash. */
function orderOf(value: string): string {
  return value.startsWith('CONCAT(') ? `SHA1(${value})` : value;
}

export function tableDocument(table: CapturedTable): Uint8Array {
  return encodeDocument(table as unknown as JsonValue);
}
