// Pieces of a text exchanged for others, all at once; what is not in a piece stays as it is, byte for byte.

/** What stands from `start` up to `end` becomes `text`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Edits must not overlap; those at one place happen in the order given. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const edit of [...edits].sort((left, right) => left.start - right.start)) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = Math.max(at, edit.end);
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** How lines end in `text`, by the first one. */
export function lineEndOf(text: string): '\r\n' | '\n' {
  const at = text.indexOf('\n');
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** Where the line of `at` begins. */
export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** Where the line of `at` ends, before the characters that end it. */
export function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  if (found < 0) return text.length;
  return found > at && text[found - 1] === '\r' ? found - 1 : found;
}

/** Removes the lines from that of `start` to that of `end`; the last one of a text without the line end before it, if it has none. */
export function removeLines(text: string, start: number, end: number): TextEdit {
  const from = lineStart(text, start);
  const next = text.indexOf('\n', lineEnd(text, end));
  if (next >= 0) return { start: from, end: next + 1, text: '' };
  return { start: from === 0 ? 0 : lineEnd(text, lineStart(text, from - 1)), end: text.length, text: '' };
}

export function skipBlanks(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** The blanks before `at`, if there is nothing else on its line before it. */
export function indentAt(text: string, at: number): string | undefined {
  const before = text.slice(lineStart(text, at), at);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

/** Line and column of an offset, from 1 on. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
