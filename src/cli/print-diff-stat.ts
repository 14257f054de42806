// What `diff --stat` prints: a line for each file with its sizes, and at the end the sum of all.
import type { FileChange } from '../index.js';
import { ChangeCounts, describeTotals } from './change-counts.js';
import { pathOf } from './change-lines.js';
import { formatBytes } from './format-bytes.js';
import type { Output } from './output.js';
import type { ShownProblem } from './report-problems.js';
import { textWidth } from './text-width.js';

/** Paths are padded to the width of the longest one, at most so many columns. */
const MOST_PADDING = 72;

export class DiffStat {
  private readonly counts = new ChangeCounts();
  private readonly rows: { readonly path: string; readonly sizes: string }[] = [];

  constructor(private readonly output: Output) {}

  add(change: FileChange): void {
    this.counts.add(change);
    if (!this.output.json && hasRow(change)) this.rows.push({ path: pathOf(change), sizes: sizesOf(change) });
  }

  /** The last line starts with the number of files that changed. */
  print(problems: readonly ShownProblem[]): void {
    if (this.output.json) {
      this.output.document({ ...this.counts.totals, problems });
      return;
    }
    const width = this.rows.reduce(
      (widest, { path }) => Math.max(widest, Math.min(textWidth(path), MOST_PADDING)),
      0,
    );
    for (const { path, sizes } of this.rows) {
      this.output.result(` ${path}${' '.repeat(Math.max(0, width - textWidth(path)))} | ${sizes}`);
    }
    this.output.result(` ${describeTotals(this.counts.totals)}`);
  }
}

/** Files whose content came, went or changed. */
function hasRow({ kind, before, after }: FileChange): boolean {
  if (kind === 'attributes') return false;
  return [before, after].some((state) => state !== undefined && state.type !== 'directory');
}

function sizesOf({ kind, before, after }: FileChange): string {
  if (before === undefined) return `added, ${sizeOf(after)}`;
  if (after === undefined) return `removed, ${sizeOf(before)}`;
  if (kind === 'type') return `${before.type} → ${after.type}`;
  const [left, right] = [sizeOf(before), sizeOf(after)];
  return left === right ? right : `${left} → ${right}`;
}

function sizeOf(state: FileChange['after']): string {
  return formatBytes(state?.sizeBytes ?? 0);
}
