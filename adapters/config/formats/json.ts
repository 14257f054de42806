// JSON, with the comments and trailing commas that many of its readers allow (RFC 8259, and JSON with Comments).
import type { ConfigFormat, KeyReading, KeyValue, ParseProblem } from '../config-format.js';
import { EMPTY_TEXT, type Tree, type TreeEntry, type TreeNode } from '../config-tree.js';
import { appendKey } from '../key-path.js';
import { copyInTree } from '../tree-copy.js';
import { stringText } from '../value-text.js';
import { type JsonKind, type JsonListener, visitJson } from './visit-json.js';

export const json: ConfigFormat = {
  name: 'json',
  numbersRepeats: false,
  readKeys(text, isStrict = false): KeyReading {
    const lister = new KeyLister(text);
    const problem = visitJson(text, lister, isStrict);
    return problem === undefined ? { entries: lister.entries } : { problem };
  },
  copyKey({ from, to, path }) {
    const target = readTree(to);
    const source = from === undefined ? undefined : readTree(from);
    for (const tree of [target, source]) {
      if (tree !== undefined && 'problem' in tree) return { refusal: tree.problem.message };
    }
    return copyInTree({ from: source as Tree | undefined, to: target as Tree, path });
  },
};

interface OpenKey {
  readonly key: string;
  readonly kind: JsonKind;
  name: string;
  count: number;
}

/** Lists the keys without making a tree first: files can be large. */
class KeyLister implements JsonListener {
  readonly entries: KeyValue[] = [];
  private readonly stack: OpenKey[] = [];

  constructor(private readonly text: string) {}

  open(kind: JsonKind): void {
    this.stack.push({ key: this.nextKey(), kind, name: '', count: 0 });
  }

  name(name: string): void {
    this.stack[this.stack.length - 1].name = name;
  }

  colon(): void {}

  scalar(value: string | undefined, start: number, end: number): void {
    const text = value === undefined ? this.text.slice(start, end) : stringText(value);
    this.entries.push({ key: this.nextKey(), value: text });
  }

  close(): void {
    const open = this.stack.pop();
    if (open?.count === 0) this.entries.push({ key: open.key, value: EMPTY_TEXT[open.kind] });
  }

  private nextKey(): string {
    const { stack } = this;
    if (stack.length === 0) return '';
    const open = stack[stack.length - 1];
    const at = open.count++;
    return appendKey(open.key, open.kind === 'list' ? at : open.name);
  }
}

function readTree(text: string): Tree | { readonly problem: ParseProblem } {
  const builder = new TreeBuilder(text);
  const problem = visitJson(text, builder);
  return problem === undefined ? { text, root: builder.root } : { problem };
}

interface OpenNode {
  readonly kind: JsonKind;
  readonly start: number;
  readonly entries: TreeEntry[];
  property: { readonly name: string; readonly start: number; after: number } | undefined;
}

class TreeBuilder implements JsonListener {
  root: TreeNode = { kind: 'scalar', layout: 'plain', start: 0, end: 0, value: '', entries: [] };
  private readonly stack: OpenNode[] = [];

  constructor(private readonly text: string) {}

  open(kind: JsonKind, start: number): void {
    this.stack.push({ kind, start, entries: [], property: undefined });
  }

  name(name: string, start: number): void {
    this.stack[this.stack.length - 1].property = { name, start, after: start };
  }

  colon(after: number): void {
    const { property } = this.stack[this.stack.length - 1];
    if (property !== undefined) property.after = after;
  }

  scalar(value: string | undefined, start: number, end: number): void {
    const text = value === undefined ? this.text.slice(start, end) : stringText(value);
    this.add({ kind: 'scalar', layout: 'plain', start, end, value: text, entries: [] });
  }

  close(end: number): void {
    const open = this.stack.pop();
    if (open === undefined) return;
    const { kind, start, entries } = open;
    this.add({ kind, layout: 'brackets', start, end, value: '', entries });
  }

  private add(node: TreeNode): void {
    const parent = this.stack.at(-1);
    if (parent === undefined) this.root = node;
    else if (parent.property === undefined) {
      parent.entries.push({ name: parent.entries.length, start: node.start, after: node.start, node });
    } else parent.entries.push({ ...parent.property, node });
  }
}
