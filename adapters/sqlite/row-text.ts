// Rows of SQLite as text: one a line, values between tabs, each as the literal that SQL has for it, so that types survive.
import type { TableRecord } from './read-tables.js';

/** A name, in quotation marks. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text, in apostrophes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A SQL expression for a row. */
export function rowExpression({ columns }: Pick<TableRecord, 'columns'>): string {
  return columns.map((name) => valueExpression(quoteName(name))).join(' || char(9) || ');
}

/** What SQLite's own quote() has no literal for, or one that breaks the line, is written otherwise. */
function valueExpression(column: string): string {
  const escaped = Object.entries(ESCAPES).reduce(
    (text, [letter, code]) => `replace(${text}, char(${code}), '\\${letter}')`,
    `replace(quote(${column}), '\\', '\\\\')`,
  );
  return `CASE typeof(${column})
    WHEN 'text' THEN CASE WHEN instr(${column}, char(0)) > 0
      THEN 'CAST(' || quote(CAST(${column} AS BLOB)) || ' AS TEXT)' ELSE ${escaped} END
    WHEN 'real' THEN CASE ${column} WHEN 9e999 THEN '9e999' WHEN -9e999 THEN '-9e999' ELSE quote(${column}) END
    ELSE quote(${column}) END`;
}

const ESCAPES = { n: 10, t: 9, r: 13 } as const;

const CHARACTERS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };

/** A literal as people read it: texts without their apostrophes, null for NULL. */
export function decodeLiteral(literal: string): string | null {
  if (literal === 'NULL') return null;
  if (!literal.startsWith("'")) return literal;
  const text = literal.replaceAll(/\\([ntr\\])/g, (_, letter: string) => CHARACTERS[letter] as string);
  return text.slice(1, -1).replaceAll("''", "'");
}

/** The order of a table's rows: by their key, or by their numbers. */
export function orderOf(table: TableRecord): string {
  return table.key.length === 0 ? (rowIdOf(table) ?? '1') : table.key.map(quoteName).join(', ');
}

/** The name by which rows have their numbers, where a column has the first of them. */
export function rowIdOf({ columns }: TableRecord): string | undefined {
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name));
}
