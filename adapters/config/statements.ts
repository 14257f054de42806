// A text of statements on lines of their own, in sections or not, with the places that each is written at: the common ground of
// TOML and of all formats that go line by line.
import type { KeyValue } from './config-format.js';
import { EMPTY_TEXT, flattenTree, type TreeNode } from './config-tree.js';
import { appendKey, formatKey, type KeyPath } from './key-path.js';

export interface Statement {
  /** The whole of it, sections included. */
  readonly path: KeyPath;
  /** Of its first character but blanks. */
  readonly start: number;
  /** Of its last line, before the line end. */
  readonly end: number;
  /** As `KeyValue` has it, where it is no inline value. */
  readonly value: string;
  /** Where the value stands; missing where there is but a name. */
  readonly span: { readonly start: number; readonly end: number } | undefined;
  /** A value with values in it. */
  readonly inline?: TreeNode;
}

export interface Section {
  /** Empty for what stands before the first header. */
  readonly path: KeyPath;
  readonly start: number;
  /** Of its header's line, before the line end. */
  readonly headEnd: number;
  readonly statements: Statement[];
}

export interface StatementText {
  readonly text: string;
  /** The first one has no header. */
  readonly sections: readonly Section[];
  readonly numbersRepeats: boolean;
}

export function listStatements(file: StatementText): KeyValue[] {
  const isFilled = filledPaths(file);
  return file.sections.flatMap(({ path: section, statements }) => {
    const key = formatKey(section);
    if (statements.length === 0 && section.length > 0 && !file.numbersRepeats && !isFilled.has(key)) {
      return [{ key, value: EMPTY_TEXT.mapping }];
    }
    return statements.flatMap(({ path, value, inline }) =>
      inline === undefined ? [{ key: formatKey(path), value }] : flattenTree(inline, formatKey(path)),
    );
  });
}

/** The keys that have others within. */
function filledPaths({ sections }: StatementText): ReadonlySet<string> {
  const filled = new Set<string>();
  for (const { path, statements } of sections) {
    for (const each of [path, ...statements.map((statement) => statement.path)]) {
      let key = '';
      for (const segment of each.slice(0, -1)) {
        key = appendKey(key, segment);
        filled.add(key);
      }
    }
  }
  return filled;
}

/** Whether what stands at `path` is part of what stands at `prefix`. */
export function isWithin(path: KeyPath, prefix: KeyPath, { numbersRepeats }: StatementText): boolean {
  if (path.length < prefix.length || prefix.some((segment, index) => path[index] !== segment)) return false;
  return !(numbersRepeats && typeof path[prefix.length] === 'number');
}

export function isSamePath(left: KeyPath, right: KeyPath): boolean {
  return left.length === right.length && left.every((segment, index) => segment === right[index]);
}

/** Numbers what stands again: the first as it is, the second with 1. */
export class RepeatNumbers {
  private readonly seen = new Map<string, number>();

  number(path: KeyPath): KeyPath {
    const key = formatKey(path);
    const count = this.seen.get(key) ?? 0;
    this.seen.set(key, count + 1);
    return count === 0 ? path : [...path, count];
  }
}

/** Behind its last statement, or its header where it has none. */
export function endOf(section: Section): number {
  return section.statements.at(-1)?.end ?? section.headEnd;
}
