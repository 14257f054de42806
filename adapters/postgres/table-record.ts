// The document that says what a table's rows are: read again when they are put back or compared.
import { encodeDocument } from '../state/json-document.js';
import type { JsonValue } from '../state/state-adapter.js';
import { quoteNames, quoteQualified } from './quote.js';
import type { TableRecord } from './read-catalog.js';

/** A table with what was captured of it. How large it is on the server's disk is nothing of its state. */
export interface CapturedTable extends Omit<TableRecord, 'sizeBytes'> {
  readonly rows: number;
  readonly bytes: number;
  /** How its reading was divided: from which value of the key's first column on, and how much that was. */
  readonly parts: readonly { readonly from: string | null; readonly bytes: number }[];
}

/** One row of a large object, 64 KiB of it. */
export const LARGE_OBJECT_BYTES = 64 << 10;

type TableRows = Pick<TableRecord, 'schema' | 'name' | 'columns' | 'key' | 'condition'>;

/** How rows of a table are read, in a stable order: by its key, or else as they are stored. */
export function copyOutStatement({ columns, key, condition, ...table }: TableRows, range = ''): string {
  const from = quoteQualified(table);
  if (key.length === 0 && condition === '') return `COPY ${from} ${inBrackets(columns)} TO STDOUT`;
  const order = key.length === 0 ? '' : ` ORDER BY ${quoteNames(key)}`;
  // A condition of an extension's stands before what limits it.
  const where =
    condition === '' || range === ''
      ? `${condition}${range}`
      : `${condition} AND ${range.replace(/^WHERE /, '')}`;
  return `COPY (SELECT ${quoteNames(columns)} FROM ONLY ${from} ${where}${order}) TO STDOUT`;
}

export function copyInStatement({ columns, ...table }: TableRows): string {
  return `COPY ${quoteQualified(table)} ${inBrackets(columns)} FROM STDIN`;
}

/** A table may have no columns; then brackets may not be there either. */
function inBrackets(columns: readonly string[]): string {
  return columns.length === 0 ? '' : `(${quoteNames(columns)})`;
}

/** The contents of large objects as rows: number, offset, bytes. Everybody may read those that are his. */
export const COPY_LARGE_OBJECTS = `COPY (
SELECT m.oid, piece, lo_get(m.oid, piece, ${LARGE_OBJECT_BYTES})
FROM pg_largeobject_metadata m
CROSS JOIN LATERAL (SELECT lo_lseek64(lo_open(m.oid, 262144), 0, 2) AS size OFFSET 0) s
CROSS JOIN LATERAL generate_series(0, s.size - 1, ${LARGE_OBJECT_BYTES}) AS piece
ORDER BY m.oid, piece) TO STDOUT`;

export function tableDocument(table: CapturedTable): Uint8Array {
  return encodeDocument(table as unknown as JsonValue);
}
