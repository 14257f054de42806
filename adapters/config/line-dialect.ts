// How a family of files writes statements line by line, and the reader of all such families. Lines that say nothing to it are
// passed over: programs are more lenient than any description of their files.
import type { KeyPath } from './key-path.js';
import { RepeatNumbers, type Section, type Statement, type StatementText } from './statements.js';

export interface LineDialect {
  /** Lines that are comments. */
  readonly comment: RegExp;
  /** The path of the section that a line opens. */
  header?(line: string): KeyPath | undefined;
  /** Takes a line apart: its first group is the name, the second what parts it from the value, the third the value. */
  readonly statement: RegExp;
  /** What may follow a value on its line and is none of it. */
  readonly trailing?: RegExp;
  /** A line that ends with a backslash goes on in the next one. */
  readonly joinsLines?: boolean;
  /** A line that is indented further than the statement before it belongs to it. */
  readonly joinsIndented?: boolean;
  /** The path within the section that a name says. */
  path?(name: string): KeyPath;
  /** The value that is written as `text`. */
  value?(text: string): string;
  /** Whether a value that is written as `text` goes on in the next line. */
  isOpen?(text: string): boolean;
}

/** Of one statement: a quotation mark that is never closed opens no value of a whole file. */
const MOST_LINES = 1000;

export function readLines(text: string, dialect: LineDialect): StatementText {
  const sections: Section[] = [{ path: [], start: 0, headEnd: 0, statements: [] }];
  const numbers = new RepeatNumbers();
  let at = 0;
  while (at < text.length) {
    const line = lineAt(text, at);
    at = line.next;
    const content = text.slice(line.start, line.end);
    if (content === '' || dialect.comment.test(content)) continue;
    const header = dialect.header?.(content);
    if (header !== undefined) {
      const path = numbers.number(header);
      sections.push({ path, start: line.start, headEnd: line.end, statements: [] });
      continue;
    }
    const section = sections[sections.length - 1];
    const read = readStatement({ text, line, section, dialect });
    if (read === undefined) continue;
    section.statements.push({ ...read.statement, path: numbers.number(read.statement.path) });
    at = read.next;
  }
  return { text, sections, numbersRepeats: true };
}

interface Line {
  /** Of its first character but blanks. */
  readonly start: number;
  /** Behind its last character but blanks. */
  readonly end: number;
  readonly next: number;
  readonly indent: number;
}

function lineAt(text: string, at: number): Line {
  const found = text.indexOf('\n', at);
  const stop = found < 0 ? text.length : found;
  let start = at;
  while (start < stop && (text[start] === ' ' || text[start] === '\t')) start++;
  let end = stop;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t' || text[end - 1] === '\r')) end--;
  return { start, end, next: found < 0 ? text.length : found + 1, indent: start - at };
}

interface StatementPlace {
  readonly text: string;
  readonly line: Line;
  readonly section: Section;
  readonly dialect: LineDialect;
}

function readStatement(place: StatementPlace): { statement: Statement; next: number } | undefined {
  const { text, line, section, dialect } = place;
  const match = dialect.statement.exec(text.slice(line.start, line.end));
  if (match === null) return undefined;
  const [, name, parting, first] = match;
  const last = lastLineOf(place, first ?? '');
  const path = [...section.path, ...(dialect.path?.(name) ?? [name])];
  const base = { path, start: line.start, end: last.end };
  if (parting === undefined) return { statement: { ...base, value: '', span: undefined }, next: last.next };
  const start = line.start + name.length + parting.length;
  const written = text.slice(start, last.end);
  const behind = last === line ? (dialect.trailing?.exec(written)?.[0].length ?? 0) : 0;
  const value = written.slice(0, written.length - behind).trimEnd();
  return {
    statement: {
      ...base,
      value: valueText(value, dialect),
      span: { start, end: start + value.length },
    },
    next: last.next,
  };
}

/** However its lines end, and wherever they begin. */
function valueText(written: string, dialect: LineDialect): string {
  const text = written.replaceAll('\r\n', '\n');
  return dialect.value === undefined ? text.replace(/\\?\n\s*/g, '\n') : dialect.value(text);
}

/** The last line of the statement that begins on `line`. */
function lastLineOf({ text, line, dialect }: StatementPlace, first: string): Line {
  const valueStart = line.end - first.length;
  let last = line;
  for (let lines = 1; lines < MOST_LINES && last.next < text.length; lines++) {
    const following = lineAt(text, last.next);
    const content = text.slice(following.start, following.end);
    const isJoined = dialect.joinsLines === true && endsWithBackslash(text, last);
    const isOpen = dialect.isOpen?.(text.slice(valueStart, last.end)) === true;
    const isIndented =
      dialect.joinsIndented === true &&
      following.indent > line.indent &&
      content !== '' &&
      !dialect.comment.test(content);
    if (!isJoined && !isOpen && !isIndented) break;
    last = following;
  }
  return last;
}

/** An odd number of them: each pair of two is one backslash. */
function endsWithBackslash(text: string, { start, end }: Line): boolean {
  let at = end;
  while (at > start && text[at - 1] === '\\') at--;
  return (end - at) % 2 === 1;
}
