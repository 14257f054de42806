// An entry taken out of a text of nested values, to be put into another; with all that is in it, or with one path of it only.
import type { Tree, TreeEntry, TreeNode } from './config-tree.js';
import type { KeyPath } from './key-path.js';
import { lineEnd, lineStart, skipBlanks } from './text-edit.js';

export interface Piece {
  readonly name: string | number;
  /** Name and value. */
  readonly text: string;
  /** What stands behind the name and what parts it from the value, blanks included. */
  readonly value: string;
  /** Whether the value begins on the line of its name and needs no lines of its own. */
  readonly isInline: boolean;
  readonly layoutAround: TreeNode['layout'];
  /** Of its first character, from 0 on. */
  readonly column: number;
  /** How far the line that it begins on is indented. */
  readonly lineIndent: number;
  /** What follows it on its last line. */
  readonly trailing: string;
  /** Whether its value must not follow at once. */
  readonly partsWithBlank: boolean;
}

export interface PieceSource {
  readonly tree: Tree;
  readonly container: TreeNode;
  readonly entry: TreeEntry;
  /** The way from the entry to all that is wanted of it. */
  readonly rest: KeyPath;
}

export function takePiece({ tree, container, entry, rest }: PieceSource): Piece {
  const { text } = tree;
  const { start, after, node } = entry;
  const start0 = lineStart(text, start);
  const inside = sliceNode(text, node, rest);
  const value = text.slice(after, node.start) + inside;
  return {
    name: entry.name,
    text: text.slice(start, after) + value,
    value,
    isInline: node.layout !== 'block' && !text.slice(after, node.start).includes('\n'),
    layoutAround: container.layout,
    column: start - start0,
    lineIndent: skipBlanks(text, start0) - start0,
    trailing:
      container.layout === 'block' && rest.length === 0 ? text.slice(node.end, lineEnd(text, node.end)) : '',
    partsWithBlank: /\s/.test(text[after] ?? ''),
  };
}

/** The text of `node` with nothing in it but what lies along `path`. */
function sliceNode(text: string, node: TreeNode, path: KeyPath): string {
  const entry = node.entries.find(({ name }) => name === path[0]);
  if (path.length === 0 || entry === undefined) return text.slice(node.start, node.end);
  const inside = text.slice(entry.start, entry.node.start) + sliceNode(text, entry.node, path.slice(1));
  if (node.layout === 'block') return inside;
  const first = node.entries[0];
  const last = node.entries[node.entries.length - 1];
  return text.slice(node.start, first.start) + inside + text.slice(last.node.end, node.end);
}

/** Moves all lines but the first by `shift` columns; to the left only as far as there are blanks. */
export function reindent(text: string, shift: number): string {
  if (shift === 0) return text;
  const [first, ...others] = text.split('\n');
  const moved = others.map((line) => {
    if (line.trim() === '') return line;
    if (shift > 0) return ' '.repeat(shift) + line;
    return line.slice(Math.min(-shift, skipBlanks(line, 0)));
  });
  return [first, ...moved].join('\n');
}
