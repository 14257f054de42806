// Entries put into a collection and taken out of it, with the commas that part them; comments and lines around them stay.
import type { TreeEntry, TreeNode } from './config-tree.js';
import {
  indentAt,
  lineEnd,
  lineEndOf,
  lineStart,
  removeLines,
  skipBlanks,
  type TextEdit,
} from './text-edit.js';
import { type Piece, reindent } from './tree-piece.js';

export interface Removal {
  readonly text: string;
  readonly container: TreeNode;
  readonly entry: TreeEntry;
}

export function removeEntry(removal: Removal): TextEdit[] {
  return removal.container.layout === 'block' ? removeFromBlock(removal) : removeFromBrackets(removal);
}

function removeFromBlock({ text, container, entry }: Removal): TextEdit[] {
  if (indentAt(text, entry.start) !== undefined) return [removeLines(text, entry.start, entry.node.end)];
  // On the line of a list's dash: the next one moves up, unless a comment stands between.
  const end = lineEnd(text, entry.node.end);
  const next = container.entries[container.entries.indexOf(entry) + 1];
  const isNext = next !== undefined && text.slice(end, next.start).trim() === '';
  return [{ start: entry.start, end: isNext ? next.start : end, text: '' }];
}

function removeFromBrackets({ text, container, entry }: Removal): TextEdit[] {
  const at = container.entries.indexOf(entry);
  const next = container.entries[at + 1];
  const before = container.entries[at - 1];
  const comma = findComma(text, entry.node.end, next?.start ?? container.end - 1);
  const end = comma === undefined ? entry.node.end : comma + 1;
  const edits: TextEdit[] = [];
  if (comma === undefined && before !== undefined) {
    const parting = findComma(text, before.node.end, entry.start);
    if (parting !== undefined) {
      const isAlone =
        text.slice(parting + 1, entry.start).trim() === '' && indentAt(text, entry.start) === undefined;
      if (isAlone) return [{ start: parting, end, text: '' }];
      edits.push({ start: parting, end: parting + 1, text: '' });
    }
  }
  const limit = next?.start ?? container.end - 1;
  if (indentAt(text, entry.start) !== undefined && lineEnd(text, end) < limit) {
    return [...edits, removeLines(text, entry.start, end)];
  }
  return [...edits, { start: entry.start, end: Math.min(skipBlanks(text, end), limit), text: '' }];
}

export interface Insertion {
  readonly text: string;
  /** It has entries. */
  readonly container: TreeNode;
  /** Those beside it where it comes from. */
  readonly siblings: readonly TreeEntry[];
  readonly piece: Piece;
}

export function insertEntry(insertion: Insertion): readonly TextEdit[] | { readonly refusal: string } {
  const { container, piece, siblings } = insertion;
  const { entries } = container;
  if (typeof piece.name === 'number') {
    if (piece.name === entries.length) return insertAfter(insertion, entries.length - 1);
    return { refusal: `the list has only ${entries.length} items here` };
  }
  const places = new Map(entries.map(({ name }, index) => [name, index]));
  const own = siblings.findIndex(({ name }) => name === piece.name);
  const before = siblings.slice(0, own).findLast(({ name }) => places.has(name));
  const index = before === undefined ? undefined : places.get(before.name);
  return index === undefined ? insertFirst(insertion) : insertAfter(insertion, index);
}

function insertFirst({ text, container, piece }: Insertion): TextEdit[] {
  const { start } = container.entries[0];
  const isBlock = container.layout === 'block';
  const indent = isBlock ? ' '.repeat(start - lineStart(text, start)) : indentAt(text, start);
  const written = writtenPiece(piece, indent);
  const parting = isBlock ? '' : ',';
  const gap = indent === undefined ? ' ' : lineEndOf(text) + indent;
  return [{ start, end: start, text: written + parting + gap }];
}

function insertAfter({ text, container, piece }: Insertion, index: number): TextEdit[] {
  const entry = container.entries[index];
  if (container.layout === 'block') {
    const at = lineEnd(text, entry.node.end);
    const indent = ' '.repeat(entry.start - lineStart(text, entry.start));
    return [{ start: at, end: at, text: lineEndOf(text) + indent + writtenPiece(piece, indent) }];
  }
  const next = container.entries[index + 1];
  const limit = next?.start ?? container.end - 1;
  const comma = findComma(text, entry.node.end, limit);
  const indent = indentAt(text, (next ?? entry).start);
  const behind = comma === undefined ? entry.node.end : comma + 1;
  const isOnLine = indent !== undefined && lineEnd(text, behind) < limit;
  const written = writtenPiece(piece, isOnLine ? indent : undefined) + (comma === undefined ? '' : ',');
  const edits = comma === undefined ? [{ start: behind, end: behind, text: ',' }] : [];
  const at = isOnLine ? lineEnd(text, behind) : behind;
  return [...edits, { start: at, end: at, text: (isOnLine ? lineEndOf(text) + indent : ' ') + written }];
}

/** The text of a piece, its further lines moved to where it is going to stand; on a line of its own, if there is an indent. */
function writtenPiece(piece: Piece, indent: string | undefined): string {
  const shift = (indent ?? '').length - (piece.layoutAround === 'block' ? piece.column : piece.lineIndent);
  return (
    reindent(piece.text, indent === undefined ? 0 : shift) + (indent === undefined ? '' : piece.trailing)
  );
}

/** The comma between two offsets that is in no comment. */
function findComma(text: string, start: number, end: number): number | undefined {
  const between = text.slice(start, end);
  const blank = (comment: string) => ' '.repeat(comment.length);
  const at = between.replace(/\/\*[\s\S]*?\*\/|(?:\/\/|#)[^\n]*/g, blank).indexOf(',');
  return at < 0 ? undefined : start + at;
}
