// Where statements and sections go that a text does not have yet: behind what they stood behind in the text that they come from.
import { endOf, isSamePath, type Section, type Statement, type StatementText } from './statements.js';
import { indentAt, lineEnd, lineEndOf, lineStart, type TextEdit } from './text-edit.js';

export interface InsertionPlace {
  readonly from: StatementText;
  readonly to: StatementText;
  /** Of `from`. */
  readonly section: Section;
}

/** Inserts statements of one section of `from`, its header too where `to` has no such section. */
export function insertStatements(place: InsertionPlace, statements: readonly Statement[]): TextEdit {
  const { from, to, section } = place;
  const lines = statements.map((each) => writtenLines(from.text, each)).join(lineEndOf(to.text));
  const target = to.sections.find(({ path }) => isSamePath(path, section.path));
  if (target === undefined) {
    const head = writtenLines(from.text, { start: section.start, end: section.headEnd });
    return addSection(place, head + lineEndOf(to.text) + lines);
  }
  const at = section.statements.indexOf(statements[0]);
  const isThere = (each: Statement) => target.statements.find(({ path }) => isSamePath(path, each.path));
  const before = section.statements.slice(0, at).findLast(isThere);
  const behind = section.statements.slice(at).find(isThere);
  if (before !== undefined) return addBehind(to.text, isThere(before)?.end ?? 0, lines);
  if (behind !== undefined) return addBefore(to.text, isThere(behind)?.start ?? 0, lines);
  if (target.path.length > 0) return addBehind(to.text, target.headEnd, lines);
  const last = target.statements.at(-1);
  return last === undefined ? addOnTop(to, lines) : addBehind(to.text, last.end, lines);
}

/** Inserts whole sections of `from`, from the one of the place up to `end`. */
export function insertSections(place: InsertionPlace, end: number): TextEdit {
  return addSection(place, writtenLines(place.from.text, { start: place.section.start, end }));
}

/** What stands from `start` to `end`, with its indentation. */
function writtenLines(text: string, { start, end }: { start: number; end: number }): string {
  return (indentAt(text, start) ?? '') + text.slice(start, end);
}

/** With a blank line before it, and one behind it where a text follows. */
function addSection({ from, to, section }: InsertionPlace, lines: string): TextEdit {
  const { text } = to;
  const eol = lineEndOf(text);
  const at = from.sections.indexOf(section);
  const isThere = (each: Section) => to.sections.find(({ path }) => isSamePath(path, each.path));
  const before = from.sections.slice(0, at).findLast((each) => each.path.length > 0 && isThere(each));
  const target = before === undefined ? undefined : isThere(before);
  if (target !== undefined) {
    const behind = lineEnd(text, endOf(target));
    const next = text.slice(behind).replace(/^\r?\n/, '');
    return addBehind(text, behind, eol + lines + (/^[ \t]*[^\s]/.test(next) ? eol : ''));
  }
  const first = to.sections[1];
  if (first !== undefined) return addBefore(text, startWithComments(text, first.start), lines + eol);
  const isParted = text === '' || text.endsWith(eol + eol);
  return addAtEnd(text, (isParted ? '' : eol) + lines);
}

function addBehind(text: string, end: number, lines: string): TextEdit {
  const at = lineEnd(text, end);
  return { start: at, end: at, text: lineEndOf(text) + lines };
}

function addBefore(text: string, start: number, lines: string): TextEdit {
  const at = lineStart(text, start);
  return { start: at, end: at, text: lines + lineEndOf(text) };
}

/** Where there are only sections yet: before the first of them and what is said about it. */
function addOnTop(to: StatementText, lines: string): TextEdit {
  const first = to.sections[1];
  if (first === undefined) return addAtEnd(to.text, lines);
  return addBefore(to.text, startWithComments(to.text, first.start), lines);
}

function addAtEnd(text: string, lines: string): TextEdit {
  const eol = lineEndOf(text);
  const isAtLineStart = text === '' || text.endsWith('\n');
  return { start: text.length, end: text.length, text: isAtLineStart ? lines + eol : eol + lines };
}

/** Where the lines directly above begin that are neither blank nor anything but comments. */
function startWithComments(text: string, start: number): number {
  let at = lineStart(text, start);
  while (at > 0) {
    const above = lineStart(text, at - 1);
    if (!/^\s*[#;!]/.test(text.slice(above, at))) break;
    at = above;
  }
  return at;
}
