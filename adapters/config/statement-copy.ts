// Carries one key from one text of statements to another, a value, a statement or whole sections. The value comes as it is
// written there; comments, order and form of all others stay.
import type { TextCopied } from './config-format.js';
import type { KeyPath } from './key-path.js';
import { insertSections, insertStatements } from './statement-lines.js';
import {
  endOf,
  isSamePath,
  isWithin,
  type Section,
  type Statement,
  type StatementText,
} from './statements.js';
import { applyEdits, lineEnd, lineEndOf, removeLines, type TextEdit } from './text-edit.js';
import { copyInTree } from './tree-copy.js';

export interface StatementCopy {
  readonly from: StatementText | undefined;
  readonly to: StatementText;
  readonly path: KeyPath;
}

export function copyInStatements({ from, to, path }: StatementCopy): TextCopied {
  const target = findStatement(to, path);
  const source = from === undefined ? undefined : findStatement(from, path);
  const isExact = (statement: Statement | undefined) => statement?.path.length === path.length;
  if (from !== undefined && isExact(target) && isExact(source)) {
    return {
      text: applyEdits(to.text, [exchangeValue({ from, to }, source as Statement, target as Statement)]),
    };
  }
  if (target?.inline !== undefined && !isExact(target)) return copyInline({ from, to, path }, source, target);
  if (from !== undefined && source?.inline !== undefined && !isExact(source)) {
    const isMissing = !hasAnyWithin(to, source.path);
    if (!isMissing)
      return { refusal: 'the value is written in another form here, as a table instead of inline' };
    // Of an inline value that is missing as a whole, all comes.
    return copyGroup({ from, to, path: source.path });
  }
  return copyGroup({ from, to, path });
}

/** The statement at `path`, or the one that has it within its value. */
function findStatement({ sections }: StatementText, path: KeyPath): Statement | undefined {
  for (const { statements } of sections) {
    const found = statements.find(
      (each) =>
        each.path.length <= path.length &&
        (each.path.length === path.length || each.inline !== undefined) &&
        each.path.every((segment, index) => segment === path[index]),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function exchangeValue(
  { from, to }: { from: StatementText; to: StatementText },
  source: Statement,
  target: Statement,
): TextEdit {
  if (source.span !== undefined && target.span !== undefined) {
    const text = from.text.slice(source.span.start, source.span.end);
    const isBare = text !== '' && /\w$/.test(to.text.slice(target.start, target.span.start));
    return { ...target.span, text: isBare ? ` ${text}` : text };
  }
  return { start: target.start, end: target.end, text: from.text.slice(source.start, source.end) };
}

function copyInline(
  { from, to, path }: StatementCopy,
  source: Statement | undefined,
  target: Statement,
): TextCopied {
  const root = target.inline;
  const depth = target.path.length;
  if (root === undefined) return { text: to.text };
  if (from === undefined) return copyInTree({ from, to: { text: to.text, root }, path: path.slice(depth) });
  if (source?.inline === undefined || source.path.length !== depth) {
    if (hasAnyWithin(from, path)) {
      return { refusal: 'the value is written in another form here, inline instead of as a table' };
    }
    const nothing = { ...root, start: 0, end: 0, entries: [] };
    return copyInTree({
      from: { text: '', root: nothing },
      to: { text: to.text, root },
      path: path.slice(depth),
    });
  }
  const tree = { text: from.text, root: source.inline };
  return copyInTree({ from: tree, to: { text: to.text, root }, path: path.slice(depth) });
}

function hasAnyWithin(file: StatementText, path: KeyPath): boolean {
  const { sections } = file;
  return sections.some(
    (section) =>
      (section.path.length > 0 && isWithin(section.path, path, file)) ||
      section.statements.some((each) => isWithin(each.path, path, file)),
  );
}

interface Group {
  readonly sections: readonly Section[];
  readonly statements: readonly { readonly section: Section; readonly statement: Statement }[];
}

/** All that stands at `path` and within; where one statement has just that name, it is meant alone. */
function groupOf(file: StatementText, path: KeyPath, isSingle: boolean): Group {
  const whole = file.sections.filter(
    (section) => !isSingle && section.path.length > 0 && isWithin(section.path, path, file),
  );
  const others = file.sections.filter((section) => !whole.includes(section));
  const statements = others.flatMap((section) =>
    section.statements
      .filter((each) => (isSingle ? isSamePath(each.path, path) : isWithin(each.path, path, file)))
      .map((statement) => ({ section, statement })),
  );
  return { sections: whole, statements };
}

function copyGroup({ from, to, path }: StatementCopy): TextCopied {
  const isExactIn = (file: StatementText | undefined) =>
    file?.sections.some(({ statements }) => statements.some((each) => isSamePath(each.path, path))) === true;
  const isSingle = to.numbersRepeats && (isExactIn(from) || isExactIn(to));
  const old = groupOf(to, path, isSingle);
  const wanted = from === undefined ? undefined : groupOf(from, path, isSingle);
  const edits = removeStatements(to, from, old);
  if (from !== undefined && wanted !== undefined) {
    for (const section of from.sections) {
      const statements = wanted.statements.filter((each) => each.section === section);
      if (statements.length === 0) continue;
      edits.push(
        insertStatements(
          { from, to, section },
          statements.map(({ statement }) => statement),
        ),
      );
    }
  }
  return { text: applyEdits(to.text, [...edits, ...exchangeSections({ from, to }, old, wanted)]) };
}

/** Sections take the place of the first ones that they are there for. */
function exchangeSections(
  { from, to }: Omit<StatementCopy, 'path'>,
  old: Group,
  wanted: Group | undefined,
): TextEdit[] {
  const [first, ...others] = runsOf(to, old.sections);
  const runs = from === undefined || wanted === undefined ? [] : runsOf(from, wanted.sections);
  if (from === undefined || runs.length === 0) {
    return first === undefined ? [] : [first, ...others].map((run) => removeSections(to.text, run));
  }
  const eol = lineEndOf(to.text);
  if (first === undefined)
    return runs.map((run) => insertSections({ from, to, section: run.sections[0] }, run.end));
  const text = runs.map(({ start, end }) => from.text.slice(start, end)).join(eol + eol);
  return [{ ...first, text }, ...others.map((run) => removeSections(to.text, run))];
}

interface Run {
  readonly sections: readonly Section[];
  readonly start: number;
  readonly end: number;
}

/** Sections that follow each other, with all that is between them. */
function runsOf(file: StatementText, sections: readonly Section[]): Run[] {
  const runs: Run[] = [];
  for (const section of sections) {
    const before = runs.at(-1);
    const isNext =
      file.sections.indexOf(section) - 1 === file.sections.indexOf(before?.sections.at(-1) ?? section);
    const run = { sections: [section], start: section.start, end: endOf(section) };
    if (before === undefined || !isNext) runs.push(run);
    else runs[runs.length - 1] = { ...run, sections: [...before.sections, section], start: before.start };
  }
  return runs;
}

function removeStatements(to: StatementText, from: StatementText | undefined, group: Group): TextEdit[] {
  const removed = new Set(group.statements.map(({ statement }) => statement));
  const isThen = (section: Section) =>
    from === undefined || from.sections.some(({ path }) => isSamePath(path, section.path));
  // Where nothing else was in it, and there was no such section, its header goes as well.
  const emptied = new Set(
    group.statements
      .map(({ section }) => section)
      .filter((section) => section.path.length > 0 && section.statements.every((each) => removed.has(each)))
      .filter((section) => !isThen(section)),
  );
  return [
    ...runsOf(to, [...emptied]).map((run) => removeSections(to.text, run)),
    ...group.statements
      .filter(({ section }) => !emptied.has(section))
      .map(({ statement }) => removeLines(to.text, statement.start, statement.end)),
  ];
}

/** Sections with the blank line before them, where one is left behind them. */
function removeSections(text: string, { start, end }: Run): TextEdit {
  const edit = removeLines(text, start, end);
  const before = text.slice(0, edit.start);
  const isBlankBehind =
    edit.end === text.length || text.slice(edit.end, lineEnd(text, edit.end)).trim() === '';
  const eol = lineEndOf(text);
  return isBlankBehind && before.endsWith(eol + eol) ? { ...edit, start: edit.start - eol.length } : edit;
}
