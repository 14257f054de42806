// Rows as text: one a line, values between tabs. A bare NULL is none; text begins with '='; what is binary is 0x and its digits;
// numbers and times stand as they are. Newlines, tabs, zeros and backslashes in text are escaped, as the client does it.

import { quoteName } from './quote.js';

export interface ColumnRecord {
  readonly name: string;
  /** In small letters, without its length. */
  readonly type: string;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0', '\\': '\\' };

export function decodeText(value: string): string {
  return value.includes('\\')
    ? value.replaceAll(/\\([nt0\\])/g, (_, letter: string) => ESCAPES[letter] as string)
    : value;
}

/** A value for people. */
export function decodeValue(value: string): string | null {
  if (value === 'NULL') return null;
  return value.startsWith('=') ? decodeText(value.slice(1)) : value;
}

const BINARY = /^(?:binary|varbinary|tinyblob|blob|mediumblob|longblob|bit|vector)$/;
const GEOMETRY =
  /^(?:geometry|point|linestring|polygon|multipoint|multilinestring|multipolygon|geometrycollection|geomcollection)$/;
/** What MariaDB alone has, and keeps as bytes. */
const BYTES: Readonly<Record<string, number>> = { uuid: 16, inet6: 16, inet4: 4 };
const TEXT = /^(?:char|varchar|tinytext|text|mediumtext|longtext|enum|set|json|xmltype)$/;

/** The expression that gives a column's value in this form. */
export function columnExpression({ name, type }: ColumnRecord): string {
  const column = quoteName(name);
  const size = BYTES[type];
  if (TEXT.test(type)) return `CONCAT('=', ${column})`;
  if (BINARY.test(type) || GEOMETRY.test(type)) return `CONCAT('0x', HEX(${column}))`;
  if (size !== undefined) return `CONCAT('0x', HEX(CAST(${column} AS BINARY(${size}))))`;
  // As many digits as it takes to tell it from its neighbours; a column alone is cut to six.
  return type === 'float' || type === 'double' ? `${column} * 1e0` : column;
}

/** One line, as a tuple of literals. */
export function lineToTuple(line: string): string {
  return `(${line.split('\t').map(literalOf).join(',')})`;
}

export function literalOf(value: string): string {
  if (value === 'NULL') return value;
  if (value.startsWith('0x')) return value.length === 2 ? "''" : value;
  const text = value.startsWith('=') ? value.slice(1) : value;
  return `'${text.includes("'") ? text.replaceAll("'", "\\'") : text}'`;
}

const SPECIAL: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\0': '\\0', '\\': '\\\\' };

/** As the client escapes what it prints. */
export function encodeText(text: string): string {
  return text.replaceAll(/[\n\t\0\\]/g, (character) => SPECIAL[character] as string);
}
