// What `diff --stat` prints: a line for each file with its sizes, and at the end the sum of all.
import type { ContentGrowth, FileChange } from '../index.js';
import { ChangeCounts, describeTotals } from './change-counts.js';
import { concernsContent, pathsOf } from './change-lines.js';
import { formatBytes } from './format-bytes.js';
import type { Output } from './output.js';
import type { ShownProblem } from './report-problems.js';
import { textWidth } from './text-width.js';

/** Paths are padded to the width of the longest one, at most so many columns. */
const MOST_PADDING = 72;

/** How much of a content is new, where that is known. */
export type FindGrowth = (change: FileChange) => Promise<ContentGrowth | undefined>;

export class DiffStat {
  private readonly counts = new ChangeCounts();
  private readonly rows: { readonly path: string; readonly sizes: string }[] = [];

  constructor(
    private readonly output: Output,
    private readonly findGrowth: FindGrowth,
  ) {}

  async add(change: FileChange): Promise<void> {
    this.counts.add(change);
    if (this.output.json || !concernsContent(change)) return;
    const growth = mayShareChunks(change) ? await this.findGrowth(change) : undefined;
    this.rows.push({ path: pathsOf(change), sizes: sizesOf(change, growth) });
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

/** Files up to this size are one piece. */
const SMALLEST_CHUNKED_BYTES = 1 << 20;

function mayShareChunks({ before, after }: FileChange): boolean {
  return [before, after].every((state) => (state?.sizeBytes ?? 0) > SMALLEST_CHUNKED_BYTES);
}

function sizesOf(change: FileChange, growth: ContentGrowth | undefined): string {
  const { kind, before, after } = change;
  if (before === undefined) return `added, ${sizeOf(after)}`;
  if (after === undefined) return `removed, ${sizeOf(before)}`;
  if (kind === 'type') return `${before.type} → ${after.type}`;
  const how = change.similarity === undefined ? '' : `${kind}, ${similarityOf(change)}`;
  return `${how}${describeSizes(before, after)}${describeNews(growth)}`;
}

function similarityOf({ similarity }: FileChange): string {
  return similarity === 100 ? '' : `${similarity} % kept, `;
}

/** `10 B → 12 B`, or one size where both are equal. */
export function describeSizes(before: FileChange['before'], after: FileChange['after']): string {
  const [left, right] = [sizeOf(before), sizeOf(after)];
  return left === right ? right : `${left} → ${right}`;
}

/** `, 3.1 MiB of it new`. */
export function describeNews(growth: ContentGrowth | undefined): string {
  return growth?.newBytes === undefined ? '' : `, ${formatBytes(growth.newBytes)} of it new`;
}

function sizeOf(state: FileChange['after']): string {
  return formatBytes(state?.sizeBytes ?? 0);
}
