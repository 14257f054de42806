// JSON, with the comments and trailing commas that many of its readers allow (RFC 8259, and JSON with Comments).
import { type ParseErrorCode, type ParseOptions, printParseErrorCode, visit } from 'jsonc-parser';
import type { ConfigFormat, KeyReading, ParseProblem } from '../config-format.js';
import { flattenTree, type Tree, type TreeEntry, type TreeNode } from '../config-tree.js';
import { positionOf } from '../text-edit.js';
import { copyInTree } from '../tree-copy.js';
import { stringText } from '../value-text.js';

/** The parser calls itself for each level. */
const MOST_LEVELS = 200;
const LENIENT: ParseOptions = { disallowComments: false, allowTrailingComma: true };
const STRICT: ParseOptions = { disallowComments: true, allowTrailingComma: false };

export const json: ConfigFormat = {
  name: 'json',
  numbersRepeats: false,
  readKeys(text, isStrict = false): KeyReading {
    const tree = readJson(text, isStrict ? STRICT : LENIENT);
    return 'problem' in tree ? tree : { entries: flattenTree(tree.root) };
  },
  copyKey({ from, to, path }) {
    const target = readJson(to, LENIENT);
    const source = from === undefined ? undefined : readJson(from, LENIENT);
    for (const tree of [target, source]) {
      if (tree !== undefined && 'problem' in tree) return { refusal: tree.problem.message };
    }
    return copyInTree({ from: source as Tree | undefined, to: target as Tree, path });
  },
};

/** Ends a visit that has seen enough. */
class VisitEnded extends Error {
  constructor(readonly problem: ParseProblem) {
    super(problem.message);
  }
}

interface OpenNode {
  readonly kind: 'mapping' | 'list';
  readonly start: number;
  readonly entries: TreeEntry[];
  readonly names: Set<string>;
  property: { name: string; start: number; after: number } | undefined;
}

function readJson(text: string, options: ParseOptions): Tree | { readonly problem: ParseProblem } {
  const reader = new TreeReader(text);
  try {
    visit(
      text,
      {
        onObjectBegin: (offset) => reader.open('mapping', offset),
        onArrayBegin: (offset) => reader.open('list', offset),
        onObjectProperty: (name, offset, length) => reader.property({ name, offset, length }),
        onSeparator: (character, offset) => reader.separator(character, offset),
        onObjectEnd: (offset, length) => reader.close(offset + length),
        onArrayEnd: (offset, length) => reader.close(offset + length),
        onLiteralValue: (value: unknown, offset, length) => reader.literal({ value, offset, length }),
        onError: (error, offset) => reader.fail(offset, describe(error)),
      },
      options,
    );
  } catch (error) {
    if (error instanceof VisitEnded) return { problem: error.problem };
    throw error;
  }
  return { text, root: reader.root };
}

class TreeReader {
  root: TreeNode = { kind: 'scalar', layout: 'plain', start: 0, end: 0, value: '', entries: [] };
  private readonly stack: OpenNode[] = [];

  constructor(private readonly text: string) {}

  open(kind: OpenNode['kind'], start: number): void {
    if (this.stack.length === MOST_LEVELS) {
      this.end({ offset: start, kind: 'limit', message: `it nests more than ${MOST_LEVELS} levels deep` });
    }
    this.stack.push({ kind, start, entries: [], names: new Set(), property: undefined });
  }

  property({ name, offset, length }: { name: string; offset: number; length: number }): void {
    const open = this.top();
    if (open.names.has(name)) {
      this.end({
        offset,
        kind: 'ambiguous',
        message: `the name ${JSON.stringify(name)} stands here a second time`,
      });
    }
    open.names.add(name);
    open.property = { name, start: offset, after: offset + length };
  }

  separator(character: string, offset: number): void {
    const { property } = this.top();
    if (character === ':' && property !== undefined) property.after = offset + 1;
  }

  literal({ value, offset, length }: { value: unknown; offset: number; length: number }): void {
    const end = offset + length;
    const text = typeof value === 'string' ? stringText(value) : this.text.slice(offset, end);
    this.add({ kind: 'scalar', layout: 'plain', start: offset, end, value: text, entries: [] });
  }

  close(end: number): void {
    const open = this.stack.pop();
    if (open === undefined) return;
    const { kind, start, entries } = open;
    this.add({ kind, layout: 'brackets', start, end, value: '', entries });
  }

  fail(offset: number, message: string): void {
    this.end({ offset, kind: 'syntax', message });
  }

  private add(node: TreeNode): void {
    const parent = this.stack.at(-1);
    if (parent === undefined) this.root = node;
    else if (parent.kind === 'list') {
      parent.entries.push({ name: parent.entries.length, start: node.start, after: node.start, node });
    } else if (parent.property !== undefined) {
      parent.entries.push({ ...parent.property, node });
      parent.property = undefined;
    }
  }

  private top(): OpenNode {
    return this.stack[this.stack.length - 1];
  }

  private end(at: { offset: number; kind: ParseProblem['kind']; message: string }): never {
    const { offset, kind, message } = at;
    throw new VisitEnded({ ...positionOf(this.text, offset), kind, message });
  }
}

/** `PropertyNameExpected`, in words. */
function describe(error: ParseErrorCode): string {
  return printParseErrorCode(error)
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .toLowerCase();
}
