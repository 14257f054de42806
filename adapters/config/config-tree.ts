// A text of nested values, with the places that each is written at: the common ground of JSON, YAML and the inline values of TOML.

import type { KeyValue } from './config-format.js';
import type { KeyPath } from './key-path.js';
import { appendKey } from './key-path.js';

export interface TreeNode {
  readonly kind: 'scalar' | 'mapping' | 'list' | 'documents';
  /** `brackets`: entries with commas between brackets; `block`: on lines of its own, told by indentation; else within a line. */
  readonly layout: 'plain' | 'brackets' | 'block';
  readonly start: number;
  /** Before a line end that belongs to the value. */
  readonly end: number;
  /** Of a scalar, as `KeyValue` has it. */
  readonly value: string;
  readonly entries: readonly TreeEntry[];
}

export interface TreeEntry {
  readonly name: string | number;
  readonly start: number;
  /** Just behind what parts the name from its value; where the value starts, for an item between brackets. */
  readonly after: number;
  readonly node: TreeNode;
}

export interface Tree {
  readonly text: string;
  readonly root: TreeNode;
}

export const EMPTY_TEXT = { mapping: '{}', list: '[]', documents: '', scalar: '' } as const;

/** All scalars and empty collections below `node`, in order. */
export function flattenTree(node: TreeNode, key = '', into: KeyValue[] = []): KeyValue[] {
  if (node.entries.length === 0) {
    const value = node.kind === 'scalar' ? node.value : EMPTY_TEXT[node.kind];
    // Nothing written at all is no value.
    if (key !== '' || node.end > node.start) into.push({ key, value });
    return into;
  }
  for (const entry of node.entries) flattenTree(entry.node, appendKey(key, entry.name), into);
  return into;
}

/** The entries along `path`, as far as it goes. */
export function followPath(root: TreeNode, path: KeyPath): TreeEntry[] {
  const found: TreeEntry[] = [];
  let node = root;
  for (const segment of path) {
    const entry = node.entries.find(({ name }) => name === segment);
    if (entry === undefined) break;
    found.push(entry);
    node = entry.node;
  }
  return found;
}
