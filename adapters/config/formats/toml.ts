// TOML 1.0 and 1.1: tables of statements, whose values may be arrays and inline tables.
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import type { ConfigFormat, KeyReading, ParseProblem } from '../config-format.js';
import type { TreeEntry, TreeNode } from '../config-tree.js';
import type { KeyPath } from '../key-path.js';
import { copyInStatements } from '../statement-copy.js';
import { listStatements, type Section, type Statement, type StatementText } from '../statements.js';
import { lineEnd, positionOf } from '../text-edit.js';
import { stringText } from '../value-text.js';

const MOST_CHARACTERS = 1 << 20;
/** The parser calls itself for each level. */
const MOST_LEVELS = 100;

export const toml: ConfigFormat = {
  name: 'toml',
  numbersRepeats: false,
  readKeys(text): KeyReading {
    const read = readToml(text);
    return 'problem' in read ? read : { entries: listStatements(read) };
  },
  copyKey({ from, to, path }) {
    const target = readToml(to);
    const source = from === undefined ? undefined : readToml(from);
    for (const file of [target, source]) {
      if (file !== undefined && 'problem' in file) return { refusal: file.problem.message };
    }
    return copyInStatements({ from: source as StatementText | undefined, to: target as StatementText, path });
  },
};

function readToml(text: string): StatementText | { readonly problem: ParseProblem } {
  const limit = findLimit(text);
  if (limit !== undefined) return { problem: { ...limit, kind: 'limit' } };
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text, { tomlVersion: 'latest' });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { problem: { ...positionOf(text, error.index), kind: 'syntax', message: error.message } };
  }
  const top: Section = { path: [], start: 0, headEnd: 0, statements: [] };
  const sections = [top];
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') top.statements.push(readStatement(text, node, []));
    else sections.push(readTable(text, node));
  }
  return { text, sections, numbersRepeats: false };
}

/** What is too much; brackets in texts and comments don't count. */
function findLimit(text: string): Omit<ParseProblem, 'kind'> | undefined {
  if (text.length > MOST_CHARACTERS) {
    return { line: 1, column: 1, message: `it has more than ${MOST_CHARACTERS} characters` };
  }
  let levels = 0;
  const parts =
    /"""(?:[^\\]|\\[\s\S])*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|([[{])|([\]}])/g;
  for (const { index, 1: opens, 2: closes } of text.matchAll(parts)) {
    if (opens !== undefined) levels++;
    if (closes !== undefined) levels = Math.max(0, levels - 1);
    if (levels > MOST_LEVELS) {
      return { ...positionOf(text, index), message: `it nests more than ${MOST_LEVELS} levels deep` };
    }
  }
  return undefined;
}

function readTable(text: string, table: AST.TOMLTable): Section {
  const path = table.resolvedKey;
  return {
    ...{ path, start: table.range[0], headEnd: lineEnd(text, table.key.range[1]) },
    statements: table.body.map((node) => readStatement(text, node, path)),
  };
}

function readStatement(text: string, node: AST.TOMLKeyValue, section: KeyPath): Statement {
  const [start, end] = node.value.range;
  const inline = readValue(text, node.value);
  return {
    ...{ path: [...section, ...namesOf(node.key)], value: inline.value, span: { start, end } },
    ...{ start: node.range[0], end: lineEnd(text, node.range[1]) },
    ...(inline.kind === 'scalar' ? {} : { inline }),
  };
}

function readValue(text: string, node: AST.TOMLContentNode): TreeNode {
  const [start, end] = node.range;
  const brackets = { layout: 'brackets', start, end, value: '' } as const;
  if (node.type === 'TOMLArray') {
    const entries = node.elements.map((each, name) => {
      const item = readValue(text, each);
      return { name, start: item.start, after: item.start, node: item };
    });
    return { ...brackets, kind: 'list', entries };
  }
  if (node.type === 'TOMLInlineTable') {
    const entries: TreeEntry[] = [];
    for (const each of node.body) addDotted(text, each, entries);
    return { ...brackets, kind: 'mapping', entries };
  }
  const value = node.kind === 'string' ? stringText(node.value) : text.slice(start, end);
  return { kind: 'scalar', layout: 'plain', start, end, value, entries: [] };
}

/** A name with dots within an inline table is one entry with that path as its name; its values can be told, not parted. */
function addDotted(text: string, node: AST.TOMLKeyValue, entries: TreeEntry[]): void {
  const names = namesOf(node.key);
  const start = node.range[0];
  const equals = text.indexOf('=', node.key.range[1]);
  const value = readValue(text, node.value);
  const entry = (name: string, inner: TreeNode) => ({ name, start, after: equals + 1, node: inner });
  let inner = value;
  for (const name of names.slice(1).reverse()) {
    inner = { ...value, kind: 'mapping', layout: 'plain', value: '', entries: [entry(name, inner)] };
  }
  entries.push(entry(names[0], inner));
}

function namesOf(key: AST.TOMLKey): string[] {
  return key.keys.map((each) => (each.type === 'TOMLBare' ? each.name : each.value));
}
