// Lays out rows in aligned columns.
import { textWidth } from './text-width.js';

export interface TableOptions {
  /** Numbers of the columns that are aligned to the right. */
  readonly right?: readonly number[];
  /** Stands in front of each line. */
  readonly indent?: string;
}

/** The lines of a table; cells may be styled. No line ends with blanks. */
export function layOutTable(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const widths: number[] = [];
  const taken = rows.map((row) =>
    row.map((cell, column) => {
      const width = textWidth(cell);
      widths[column] = Math.max(widths[column] ?? 0, width);
      return width;
    }),
  );
  return rows.map((row, number) => {
    const cells = row.map((cell, column) => {
      const padding = ' '.repeat(widths[column] - taken[number][column]);
      return options.right?.includes(column) ? padding + cell : cell + padding;
    });
    return `${options.indent ?? ''}${cells.join('  ')}`.trimEnd();
  });
}
