// YAML, of one document or several. Aliases are not followed, so no text, however small, becomes more than is written in it.
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { ConfigFormat, KeyReading, ParseProblem } from '../config-format.js';
import { flattenTree, type Tree, type TreeEntry, type TreeNode } from '../config-tree.js';
import { positionOf } from '../text-edit.js';
import { copyInTree } from '../tree-copy.js';
import { stringText } from '../value-text.js';

const MOST_CHARACTERS = 1 << 20;
/** The parser calls itself for each level. */
const MOST_LEVELS = 100;

const OPTIONS = {
  ...{ schema: 'core', merge: false, resolveKnownTags: false, keepSourceTokens: true, prettyErrors: false },
  // It takes time that grows with the square of their number, and is looked at below.
  uniqueKeys: false,
} as const;

export const yaml: ConfigFormat = {
  name: 'yaml',
  numbersRepeats: false,
  readKeys(text): KeyReading {
    const tree = readYaml(text);
    return 'problem' in tree ? tree : { entries: flattenTree(tree.root) };
  },
  copyKey({ from, to, path }) {
    const target = readYaml(to);
    const source = from === undefined ? undefined : readYaml(from);
    for (const tree of [target, source]) {
      if (tree !== undefined && 'problem' in tree) return { refusal: tree.problem.message };
    }
    return copyInTree({ from: source as Tree | undefined, to: target as Tree, path });
  },
};

type Read<T> = T | { readonly problem: ParseProblem };

function readYaml(text: string): Read<Tree> {
  if (text.length > MOST_CHARACTERS) {
    return problemAt(text, {
      offset: 0,
      kind: 'limit',
      message: `it has more than ${MOST_CHARACTERS} characters`,
    });
  }
  const tokens = readTokens(text);
  if ('problem' in tokens) return tokens;
  const documents = [...new Composer(OPTIONS).compose(tokens.tokens, true, text.length)];
  const fault = documents.flatMap(({ errors }) => errors)[0];
  if (fault !== undefined) {
    return problemAt(text, { offset: fault.pos[0], kind: 'syntax', message: fault.message });
  }
  const reader = new TreeReader(text);
  const roots = documents.map((document) => reader.readDocument(document));
  if (reader.problem !== undefined) return { problem: reader.problem };
  if (roots.length === 1) return { text, root: roots[0] };
  const entries = roots.map((node, name) => ({ name, start: node.start, after: node.start, node }));
  return {
    text,
    root: { kind: 'documents', layout: 'block', start: 0, end: text.length, value: '', entries },
  };
}

function readTokens(text: string): Read<{ readonly tokens: CST.Token[] }> {
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // The document is on the stack too.
    if (parser.stack.length > MOST_LEVELS + 1) {
      const message = `it nests more than ${MOST_LEVELS} levels deep`;
      return problemAt(text, { offset: parser.offset - lexeme.length, kind: 'limit', message });
    }
  }
  tokens.push(...parser.end());
  return { tokens };
}

function problemAt(
  text: string,
  at: { offset: number; kind: ParseProblem['kind']; message: string },
): { problem: ParseProblem } {
  const { offset, kind, message } = at;
  return { problem: { ...positionOf(text, offset), kind, message } };
}

class TreeReader {
  problem: ParseProblem | undefined;
  /** Those of the document so far. */
  private readonly anchors = new Set<string>();

  constructor(private readonly text: string) {}

  readDocument({ contents, range }: Document.Parsed | Document): TreeNode {
    this.anchors.clear();
    return this.readNode(contents, range?.[1] ?? 0);
  }

  /** `at` is where a value that is not written would stand. */
  private readNode(node: unknown, at: number): TreeNode {
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined)
      this.anchors.add(node.anchor);
    if (isMap(node)) return this.collection(node, this.entriesOf(node), 'mapping');
    if (isSeq(node)) return this.collection(node, this.itemsOf(node), 'list');
    const plain = { kind: 'scalar', layout: 'plain', entries: [] } as const;
    if (isAlias(node) && node.range) {
      if (!this.anchors.has(node.source)) {
        this.note(node.range[0], `*${node.source} stands for nothing: no such anchor is before it`, 'syntax');
      }
      return { ...plain, start: node.range[0], end: node.range[1], value: `*${node.source}` };
    }
    if (!isScalar(node) || !node.range) return { ...plain, start: at, end: at, value: '' };
    const [start, end] = node.range;
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    const layout = isBlock ? 'block' : 'plain';
    return { ...plain, layout, start, end: isBlock ? this.beforeLineEnd(end) : end, value: scalarText(node) };
  }

  private collection(node: YAMLMap | YAMLSeq, entries: TreeEntry[], kind: 'mapping' | 'list'): TreeNode {
    const [start, rangeEnd] = node.range ?? [0, 0];
    const isBlock = node.flow !== true;
    // What follows the last entry, such as comments, is no part of it.
    const end = isBlock ? (entries.at(-1)?.node.end ?? rangeEnd) : rangeEnd;
    return { kind, layout: isBlock ? 'block' : 'brackets', start, end, value: '', entries };
  }

  private entriesOf(map: YAMLMap): TreeEntry[] {
    const names = new Set<string>();
    return map.items.map((pair) => {
      const { key, start, keyEnd } = this.readName(pair);
      if (names.has(key)) this.note(start, `the name ${JSON.stringify(key)} stands here a second time`);
      names.add(key);
      const tokens = (pair as Pair & { srcToken?: CST.CollectionItem }).srcToken;
      const colon = tokens?.sep?.find(({ type }) => type === 'map-value-ind');
      const after = colon === undefined ? keyEnd : colon.offset + 1;
      return { name: key, start, after, node: this.readNode(pair.value, after) };
    });
  }

  private readName({ key }: Pair): { key: string; start: number; keyEnd: number } {
    const range = isScalar(key) || isMap(key) || isSeq(key) || isAlias(key) ? key.range : undefined;
    const [start, keyEnd] = range ?? [0, 0];
    if (!isScalar(key)) {
      this.note(start, 'a key is no plain name');
      return { key: '', start, keyEnd };
    }
    const name = typeof key.value === 'string' ? key.value : this.text.slice(start, keyEnd);
    return { key: name, start, keyEnd };
  }

  private itemsOf(list: YAMLSeq): TreeEntry[] {
    const tokens = (list.srcToken as CST.BlockSequence | CST.FlowCollection | undefined)?.items;
    return list.items.map((item, name) => {
      const dash = tokens?.[name]?.start.find(({ type }) => type === 'seq-item-ind');
      if (dash === undefined) {
        const node = this.readNode(item, 0);
        return { name, start: node.start, after: node.start, node };
      }
      return { name, start: dash.offset, after: dash.offset + 1, node: this.readNode(item, dash.offset + 1) };
    });
  }

  private beforeLineEnd(end: number): number {
    const { text } = this;
    if (text[end - 1] !== '\n') return end;
    return text[end - 2] === '\r' ? end - 2 : end - 1;
  }

  private note(offset: number, message: string, kind: ParseProblem['kind'] = 'ambiguous'): void {
    this.problem ??= problemAt(this.text, { offset, kind, message }).problem;
  }
}

function scalarText(node: Scalar): string {
  const { value, source, type, tag } = node;
  const isWritten = type === 'PLAIN';
  const text = isWritten ? (typeof value === 'string' ? value : (source ?? '')) : stringText(String(value));
  return tag === undefined ? text : `${tag} ${text}`;
}
