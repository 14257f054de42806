// Carries one key from one text of statements to another, a value, a statement or whole sections. The value comes as it is
// written there; comments, order and form of all others stay.
import type { TextCopied } from './config-format.js';
import type { KeyPath } from './key-path.js';
import { insertSection, insertStatements } from './statement-lines.js';
import { isSamePath, isWithin, type Section, type Statement, type StatementText } from './statements.js';
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
  const edits = removalOf(to, from, old);
  if (from === undefined) return { text: applyEdits(to.text, edits) };
  const wanted = groupOf(from, path, isSingle);
  for (const section of from.sections) {
    const statements = wanted.statements.filter((each) => each.section === section);
    if (statements.length > 0) {
      edits.push(
        insertStatements(
          { from, to, section },
          statements.map(({ statement }) => statement),
        ),
      );
    }
    if (wanted.sections.includes(section)) edits.push(insertSection({ from, to, section }, endOf(section)));
  }
  return { text: applyEdits(to.text, edits) };
}

function removalOf(to: StatementText, from: StatementText | undefined, group: Group): TextEdit[] {
  const { text } = to;
  const edits = group.sections.map((section) => removeSection(text, section));
  const emptied = new Set<Section>();
  for (const { section } of group.statements) {
    const isEmptied = section.statements.every((each) =>
      group.statements.some(({ statement }) => statement === each),
    );
    const wasThere = from === undefined || from.sections.some(({ path }) => isSamePath(path, section.path));
    if (isEmptied && !wasThere && section.path.length > 0) emptied.add(section);
  }
  for (const section of emptied) edits.push(removeSection(text, section));
  for (const { section, statement } of group.statements) {
    if (!emptied.has(section)) edits.push(removeLines(text, statement.start, statement.end));
  }
  return edits;
}

/** The section with the blank line before it, where one is left behind it. */
function removeSection(text: string, section: Section): TextEdit {
  const edit = removeLines(text, section.start, endOf(section));
  const before = text.slice(0, edit.start);
  const isBlankBehind =
    edit.end === text.length || text.slice(edit.end, lineEnd(text, edit.end)).trim() === '';
  const eol = lineEndOf(text);
  return isBlankBehind && before.endsWith(eol + eol) ? { ...edit, start: edit.start - eol.length } : edit;
}

function endOf(section: Section): number {
  return section.statements.at(-1)?.end ?? section.headEnd;
}
