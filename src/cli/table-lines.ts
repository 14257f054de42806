// What differs between two states of a table, row by row, for people.
import type { TableDifference, TableRow } from '../index.js';
import { escapeText } from './escape-name.js';
import { countOf } from './format-bytes.js';
import type { Style } from './style.js';

/** `3 rows added, 1 row removed, 2 rows changed`. */
export function describeDifference({ added, removed, changed }: TableDifference): string {
  const parts = [
    ...(added.length > 0 ? [`${countOf(added.length, 'row')} added`] : []),
    ...(removed.length > 0 ? [`${countOf(removed.length, 'row')} removed`] : []),
    ...(changed.length > 0 ? [`${countOf(changed.length, 'row')} changed`] : []),
  ];
  return parts.length === 0 ? 'no row differs' : parts.join(', ');
}

export function* differenceLines(difference: TableDifference, style: Style): Generator<string> {
  const { columns, key, added, removed, changed } = difference;
  for (const row of removed) yield style.red(`- ${rowText(row, columns)}`);
  for (const row of added) yield style.green(`+ ${rowText(row, columns)}`);
  for (const { before, after } of changed) {
    const name = key.map((column) => `${column}=${valueText(before[columns.indexOf(column)])}`).join(' ');
    const values = columns.flatMap((column, at) =>
      before[at] === after[at] ? [] : [`${column} ${valueText(before[at])} → ${valueText(after[at])}`],
    );
    yield style.yellow(`~ ${escapeText(name)}: ${values.join(', ')}`);
  }
}

function rowText(row: TableRow, columns: readonly string[]): string {
  return columns.map((column, at) => `${escapeText(column)}=${valueText(row[at])}`).join(' ');
}

function valueText(value: string | null | undefined): string {
  return value === null || value === undefined ? 'NULL' : escapeText(JSON.stringify(value));
}
