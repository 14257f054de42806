// Compares two texts line by line, with a bound on the effort: texts that have little in common are told apart by one
// hunk that replaces all between their common beginning and end.
import { structuredPatch } from 'diff';

export interface Hunk {
  /** Numbers of the first lines, from 1. */
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Each with ' ', '-', '+' or '\' before it, and without its line break. */
  readonly lines: readonly string[];
}

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

const CONTEXT_LINES = 3;
/** Lines added and removed, as far as they are matched up; the time that takes grows with the square of it. */
const MOST_EDITS = 2000;

/** What differs, in order; nothing where the texts are equal. */
export function diffLines(before: string, after: string): readonly Hunk[] {
  if (before === after) return [];
  const options = { context: CONTEXT_LINES, maxEditLength: MOST_EDITS };
  const patch = structuredPatch('', '', before, after, undefined, undefined, options);
  return patch?.hunks ?? [replacement(before, after)];
}

export function countChangedLines(hunks: readonly Hunk[]): LineCounts {
  const counts = { added: 0, removed: 0 };
  for (const { lines } of hunks) {
    for (const line of lines) {
      if (line.startsWith('+')) counts.added++;
      else if (line.startsWith('-')) counts.removed++;
    }
  }
  return counts;
}

/** The hunk as it stands in a unified diff. */
export function formatHunk(hunk: Hunk): string {
  const before = formatRange(hunk.oldStart, hunk.oldLines);
  const after = formatRange(hunk.newStart, hunk.newLines);
  return `@@ -${before} +${after} @@\n${hunk.lines.join('\n')}\n`;
}

/** By convention, nothing stands behind the line before it. */
function formatRange(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`;
}

function replacement(before: string, after: string): Hunk {
  const left = splitLines(before);
  const right = splitLines(after);
  const most = Math.min(left.length, right.length);
  let head = 0;
  while (head < most && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < most - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
  const start = Math.max(0, head - CONTEXT_LINES);
  const behind = Math.min(tail, CONTEXT_LINES);
  return {
    oldStart: start + 1,
    oldLines: left.length - tail + behind - start,
    newStart: start + 1,
    newLines: right.length - tail + behind - start,
    lines: [
      ...marked(' ', left.slice(start, head)),
      ...marked('-', left.slice(head, left.length - tail)),
      ...marked('+', right.slice(head, right.length - tail)),
      ...marked(' ', left.slice(left.length - tail, left.length - tail + behind)),
    ],
  };
}

/** Lines with their line breaks; the last one may have none. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function marked(mark: string, lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    line.endsWith('\n') ? [mark + line.slice(0, -1)] : [mark + line, '\\ No newline at end of file'],
  );
}
