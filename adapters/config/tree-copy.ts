// Carries one key from one text of nested values to another. The value comes as it is written there; comments, order and form of
// all others stay.
import type { TextCopied } from './config-format.js';
import { EMPTY_TEXT, followPath, type Tree, type TreeEntry, type TreeNode } from './config-tree.js';
import type { KeyPath } from './key-path.js';
import { applyEdits, indentAt, lineEnd, lineStart, skipBlanks, type TextEdit } from './text-edit.js';
import { insertEntry, removeEntry } from './tree-entries.js';
import { type Piece, reindent, takePiece } from './tree-piece.js';

export interface TreeCopy {
  readonly from: Tree | undefined;
  readonly to: Tree;
  readonly path: KeyPath;
}

export function copyInTree(copy: TreeCopy): TextCopied {
  const edits = planCopy(copy);
  return 'refusal' in edits ? edits : { text: applyEdits(copy.to.text, edits) };
}

type Planned = readonly TextEdit[] | { readonly refusal: string };

function planCopy({ from, to, path }: TreeCopy): Planned {
  const found = followPath(to.root, path);
  const wanted = from === undefined ? [] : followPath(from.root, path);
  if (from !== undefined && wanted.length === path.length) return putEntry({ from, to, path }, wanted, found);
  if (found.length < path.length) return [];
  const depth = from === undefined ? path.length : emptiedDepth({ from, to, path }, found);
  // Where nothing else was in it, what is around it becomes what it was.
  if (from !== undefined && wanted.length >= depth)
    return putEntry({ from, to, path: path.slice(0, depth) }, wanted, found);
  return dropEntry(to, found.slice(0, depth));
}

/** The depth up to which nothing is left in `to` besides what is removed, as far as `from` has nothing in there either. */
function emptiedDepth({ from, path }: TreeCopy & { from: Tree }, found: readonly TreeEntry[]): number {
  let depth = path.length;
  const wanted = followPath(from.root, path);
  while (depth > 1) {
    const around = found[depth - 2].node;
    const then = wanted.length < depth - 1 ? undefined : wanted[depth - 2].node;
    if (around.entries.length > 1 || (then !== undefined && then.entries.length > 0)) break;
    depth--;
  }
  return depth;
}

function dropEntry(to: Tree, found: readonly TreeEntry[]): Planned {
  const entry = found[found.length - 1];
  const parent = found.at(-2);
  const container = parent?.node ?? to.root;
  if (container.kind === 'documents')
    return { refusal: 'a whole document of several can only be put back with the file' };
  const isLastOne = container.entries.length === 1;
  if (container.layout !== 'block' || !isLastOne || parent === undefined) {
    return removeEntry({ text: to.text, container, entry });
  }
  const { text } = to;
  return [
    { start: parent.after, end: lineEnd(text, parent.node.end), text: ` ${EMPTY_TEXT[container.kind]}` },
  ];
}

function putEntry(
  { from, to, path }: TreeCopy & { from: Tree },
  wanted: readonly TreeEntry[],
  found: readonly TreeEntry[],
): Planned {
  for (let depth = 1; depth <= path.length; depth++) {
    const source = depth === 1 ? from.root : wanted[depth - 2].node;
    const target = depth === 1 ? to.root : found[depth - 2].node;
    const isAlike = source.kind === target.kind && target.entries.length > 0;
    const rest = path.slice(depth - 1);
    if (!isAlike) {
      if (depth === 1) return replaceRoot({ from, to, rest });
      const piece = takePiece({
        tree: from,
        container: containerOf(from, wanted, depth - 1),
        entry: wanted[depth - 2],
        rest,
      });
      return replaceEntry(
        { to, container: containerOf(to, found, depth - 1), entry: found[depth - 2] },
        piece,
      );
    }
    if (depth <= found.length) continue;
    const piece = takePiece({ tree: from, container: source, entry: wanted[depth - 1], rest: rest.slice(1) });
    if (source.kind === 'documents')
      return { refusal: 'a document is missing, and can only be put back with the file' };
    return insertEntry({ text: to.text, container: target, siblings: source.entries, piece });
  }
  const last = path.length - 1;
  const entry = wanted[last];
  const piece = takePiece({ tree: from, container: containerOf(from, wanted, path.length), entry, rest: [] });
  return replaceEntry({ to, container: containerOf(to, found, path.length), entry: found[last] }, piece);
}

/** What the entry at `depth`, from 1 on, is in. */
function containerOf(tree: Tree, entries: readonly TreeEntry[], depth: number): TreeNode {
  return depth === 1 ? tree.root : entries[depth - 2].node;
}

interface Place {
  readonly to: Tree;
  readonly container: TreeNode;
  readonly entry: TreeEntry;
}

function replaceEntry({ to, container, entry }: Place, piece: Piece): Planned {
  const { text } = to;
  if (container.kind === 'documents')
    return { refusal: 'a whole document of several can only be put back with the file' };
  if (piece.isInline && isInline(text, entry)) {
    const start = skipBlanks(text, entry.after);
    const shift = (indentOf(text, entry.start).length ?? 0) - piece.lineIndent;
    const value = reindent(piece.value.trimStart(), shift);
    const needsBlank =
      start === entry.after && container.kind !== 'list' && piece.partsWithBlank && value !== '';
    return [{ start, end: Math.max(start, entry.node.end), text: needsBlank ? ` ${value}` : value }];
  }
  if (container.layout !== 'block' || piece.layoutAround !== 'block') {
    return { refusal: 'the value is written in another form here, in lines of its own or between brackets' };
  }
  const shift = columnOf(text, entry.start) - piece.column;
  const value = reindent(piece.value + piece.trailing, shift);
  return [{ start: entry.after, end: lineEnd(text, entry.node.end), text: value }];
}

function isInline(text: string, { after, node }: TreeEntry): boolean {
  return node.layout !== 'block' && !text.slice(after, node.start).includes('\n');
}

/** The whole content, where what is there is of another kind, or nothing. */
function replaceRoot({ from, to, rest }: { from: Tree; to: Tree; rest: KeyPath }): Planned {
  const { root, text } = to;
  const piece = takePiece({
    ...{ tree: from, container: from.root, rest },
    entry: { name: '', start: from.root.start, after: from.root.start, node: from.root },
  });
  if (root.end > root.start || from.root.kind === 'documents') {
    const isWritten = root.layout === 'brackets' && from.root.layout === 'brackets';
    if (!isWritten) return { refusal: 'the file is of another form' };
    return [{ start: root.start, end: root.end, text: piece.value }];
  }
  const isAtLineStart = text === '' || text.endsWith('\n');
  return [{ start: text.length, end: text.length, text: `${isAtLineStart ? '' : '\n'}${piece.value}\n` }];
}

function indentOf(text: string, at: number): string {
  const start = lineStart(text, at);
  return text.slice(start, skipBlanks(text, start));
}

function columnOf(text: string, at: number): number {
  return indentAt(text, at)?.length ?? at - lineStart(text, at);
}
