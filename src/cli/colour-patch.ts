// A patch as a terminal shows it: coloured by lines, with the words that differ in changed lines set off. No control
// character of a file gets to the terminal.
import { emphasizeWords, type Segment } from './emphasize-words.js';
import { escapeLines } from './escape-name.js';
import type { Style } from './style.js';

const HEADER =
  /^(diff|index|---|\+\+\+|old mode|new mode|new file|deleted file|similarity|rename|copy|Binary files|GIT binary) /;
const HUNK = /^@@ -\d+,(\d+) \+\d+,(\d+) @@/;

/** The lines of one change's patch. */
export function* colourPatch(text: string, style: Style): Generator<string> {
  const lines = text.split('\n').slice(0, -1);
  for (let at = 0; at < lines.length; ) {
    const hunk = HUNK.exec(lines[at]);
    if (hunk === null) {
      const shown = escapeLines(lines[at++]);
      yield HEADER.test(shown) ? style.bold(shown) : shown;
      continue;
    }
    yield style.cyan(escapeLines(lines[at++]));
    const end = hunkEnd(lines, at, { before: Number(hunk[1]), after: Number(hunk[2]) });
    yield* colourHunk(lines.slice(at, end), style);
    at = end;
  }
}

/** By the counts in its header: any line of a file may look like the beginning of something else. */
function hunkEnd(
  lines: readonly string[],
  start: number,
  { before, after }: { readonly before: number; readonly after: number },
): number {
  let [left, right, at] = [before, after, start];
  while (at < lines.length && (left > 0 || right > 0 || lines[at].startsWith('\\'))) {
    const mark = lines[at++][0];
    if (mark === ' ' || mark === '-') left--;
    if (mark === ' ' || mark === '+') right--;
  }
  return at;
}

function* colourHunk(lines: readonly string[], style: Style): Generator<string> {
  for (let at = 0; at < lines.length; ) {
    const removed = runOf(lines, at, '-');
    const added = runOf(lines, at + removed.length, '+');
    if (removed.length + added.length === 0) {
      yield escapeLines(lines[at++]);
      continue;
    }
    yield* colourRun(removed, added, style);
    at += removed.length + added.length;
  }
}

/** The lines from `at` on that start with `mark`, and what says that the last one has no line break. */
function runOf(lines: readonly string[], at: number, mark: string): readonly string[] {
  let end = at;
  while (end < lines.length && lines[end].startsWith(mark)) end++;
  if (end > at && lines[end]?.startsWith('\\')) end++;
  return lines.slice(at, end);
}

/** Line by line, removed ones against added ones, where there are as many of both. */
function* colourRun(removed: readonly string[], added: readonly string[], style: Style): Generator<string> {
  const [left, right] = [removed, added].map((run) => run.filter((line) => !line.startsWith('\\')));
  const pairs =
    left.length === right.length
      ? left.map((line, at) => emphasizeWords(line.slice(1), right[at].slice(1)))
      : [];
  for (const [at, line] of removed.entries()) yield colourLine(line, { segments: pairs[at]?.before, style });
  for (const [at, line] of added.entries()) yield colourLine(line, { segments: pairs[at]?.after, style });
}

function colourLine(
  line: string,
  { segments, style }: { readonly segments: readonly Segment[] | undefined; readonly style: Style },
): string {
  if (line.startsWith('\\')) return style.dim(escapeLines(line));
  const colour = line.startsWith('+') ? style.green : style.red;
  if (segments === undefined) return colour(escapeLines(line));
  const words = segments.map(({ text, differs }) => {
    const shown = escapeLines(text);
    return differs ? style.inverse(shown) : shown;
  });
  return colour(line[0] + words.join(''));
}
