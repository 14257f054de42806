// Reads a YAML text into mappings, lists and scalars that know where they stand. Only what JSON can say is let in, each
// key is a name that stands once, and no text, however small, becomes more than a bounded number of values.
import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  Parser,
} from 'yaml';
import { assert } from '../../store/errors.js';
import { nearestNames } from '../nearest-names.js';
import { type ConfigurationProblem, joinSetting, type Position, quote } from './configuration-problem.js';

interface Placed {
  readonly position: Position;
  /** Where its key stands, or itself where it has none: the place to say that something is missing. */
  readonly head: Position;
}

export interface WrittenMapping extends Placed {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, { readonly key: Position; readonly value: WrittenValue }>;
}

export interface WrittenList extends Placed {
  readonly kind: 'list';
  readonly items: readonly WrittenValue[];
}

export interface WrittenScalar extends Placed {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

export type WrittenValue = WrittenMapping | WrittenList | WrittenScalar;

export interface WrittenFile {
  /** Missing where the text is no YAML, or asks for too much; then there are problems. */
  readonly root?: WrittenValue;
  readonly problems: readonly ConfigurationProblem[];
}

const MOST_CHARACTERS = 1 << 18;
const MOST_LEVELS = 64;
/** What an alias repeats counts again each time. */
const MOST_VALUES = 100_000;
const START: Position = { line: 1, column: 1 };

/** What `text` says, and what is wrong with it as a text. */
export function readYaml(text: string): WrittenFile {
  if (text.length > MOST_CHARACTERS) {
    const expected = `a file of at most ${MOST_CHARACTERS} characters`;
    return { problems: [{ position: START, path: '', expected, found: String(text.length) }] };
  }
  const lines = new LineCounter();
  const tokens = readTokens(text, lines);
  if (!Array.isArray(tokens)) return { problems: [tokens] };
  const [document, second] = new Composer(OPTIONS).compose(tokens, true, text.length);
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) return { problems: faults.map((fault) => syntaxProblem(fault, lines)) };
  if (second !== undefined) return { problems: [secondDocument(positionAt(second.range[0], lines))] };
  if (isNothing(document.contents)) return { problems: [emptyFile()] };
  const reading: Reading = { lines, anchors: new Map(), problems: [], values: 0, fatal: undefined };
  const root = readNode(document.contents, { path: '' }, reading);
  if (reading.fatal !== undefined) return { problems: [...reading.problems, reading.fatal] };
  return { root, problems: reading.problems };
}

const OPTIONS = {
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  // Whether a key stands twice is found out below, in linear time and with the place of the first.
  uniqueKeys: false,
} as const;

/**
 * The tokens of all documents, or what is wrong where they nest too deeply. What reads them calls itself for each level,
 * and at the end of the stack not even an exception is sure: V8 ends the process where it has to compile a pattern there.
 */
function readTokens(text: string, lines: LineCounter): CST.Token[] | ConfigurationProblem {
  const tokens: CST.Token[] = [];
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // The document is on the stack too.
    if (parser.stack.length > MOST_LEVELS + 1)
      return tooDeep(positionAt(parser.offset - lexeme.length, lines));
  }
  tokens.push(...parser.end());
  return tokens;
}

interface Reading {
  readonly lines: LineCounter;
  /** Values that are complete, with how many values each is. */
  readonly anchors: Map<string, { readonly value: WrittenValue; readonly size: number }>;
  readonly problems: ConfigurationProblem[];
  values: number;
  /** Why there is no use in what was read. */
  fatal: ConfigurationProblem | undefined;
}

interface At {
  readonly path: string;
  /** Where the key of the value stands. */
  readonly key?: Position;
}

function readNode(node: unknown, at: At, reading: Reading): WrittenValue {
  const position = (isNothing(node) ? undefined : positionOf(node, reading)) ?? at.key ?? START;
  const head = at.key ?? position;
  if (reading.fatal !== undefined) return { kind: 'scalar', position, head, value: null };
  if (isAlias(node)) return readAlias(node.source, { path: at.path, position, head }, reading);
  const before = reading.values++;
  const value = readContent(node, { ...at, position, head }, reading);
  const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
  if (anchor !== undefined) reading.anchors.set(anchor, { value, size: reading.values - before });
  return value;
}

function readContent(node: unknown, at: At & Placed, reading: Reading): WrittenValue {
  const { path, position, head } = at;
  if (isMap(node)) {
    return { kind: 'mapping', position, head, entries: readEntries(node.items, at, reading) };
  }
  if (isSeq(node)) {
    const items = node.items.map((item, index) =>
      readNode(item, { path: joinSetting(path, index) }, reading),
    );
    return { kind: 'list', position, head, items };
  }
  const value = isScalar(node) ? node.value : null;
  assert(isPlain(value), `the core schema of YAML gives a ${typeof value}`);
  return { kind: 'scalar', position, head, value };
}

function readEntries(pairs: readonly Pair[], at: At & Placed, reading: Reading): WrittenMapping['entries'] {
  const entries = new Map<string, { key: Position; value: WrittenValue }>();
  for (const { key: node, value } of pairs) {
    const key = positionOf(node, reading) ?? at.position;
    const name = isScalar(node) ? node.value : undefined;
    if (typeof name !== 'string') {
      const found = isScalar(node) ? String(name) : 'something else';
      const advice = 'If it is one, put it in quotes.';
      reading.problems.push({ position: key, path: at.path, expected: 'a name as key', found, advice });
      continue;
    }
    const first = entries.get(name);
    const path = joinSetting(at.path, name);
    const written = readNode(value, { path, key }, reading);
    if (first === undefined) entries.set(name, { key, value: written });
    else reading.problems.push(secondKey(name, { key, path: at.path, first: first.key }));
  }
  return entries;
}

/** What an alias repeats stands where the alias does, and what is in it where it was written. */
function readAlias(anchor: string, at: Placed & { path: string }, reading: Reading): WrittenValue {
  const { path, position, head } = at;
  const target = reading.anchors.get(anchor);
  const found = quote(`*${anchor}`);
  if (target === undefined) {
    const expected = 'an alias of an anchor that stands before it';
    reading.fatal = {
      ...{ position, path, expected, found, nearest: nearestNames(anchor, [...reading.anchors.keys()]) },
    };
    return { kind: 'scalar', position, head, value: null };
  }
  reading.values += target.size;
  if (reading.values > MOST_VALUES) {
    const expected = `at most ${MOST_VALUES} values, all that aliases repeat included`;
    reading.fatal = { position, path, expected, found: `more with ${found}` };
  }
  return { ...target.value, position, head };
}

function positionOf(node: unknown, { lines }: Reading): Position | undefined {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return range ? positionAt(range[0], lines) : undefined;
}

function positionAt(offset: number, lines: LineCounter): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Nothing written, which has no place of its own. */
function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && !node.source);
}

function isPlain(value: unknown): value is WrittenScalar['value'] {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function syntaxProblem(
  fault: { code: string; message: string; pos: [number, number] },
  lines: LineCounter,
): ConfigurationProblem {
  const position = positionAt(fault.pos[0], lines);
  if (fault.code === 'TAB_AS_INDENT') {
    return { position, path: '', expected: 'spaces as indentation', found: 'a tab' };
  }
  return { position, path: '', expected: 'YAML', found: `what it does not allow (${fault.message})` };
}

function secondKey(name: string, at: { key: Position; path: string; first: Position }): ConfigurationProblem {
  const found = `${quote(name)} again, which stands on line ${at.first.line} too`;
  const advice = 'Rename or remove one of them.';
  return { position: at.key, path: at.path, expected: 'each key once', found, advice };
}

function tooDeep(position: Position): ConfigurationProblem {
  return { position, path: '', expected: `at most ${MOST_LEVELS} levels of nesting`, found: 'more' };
}

function secondDocument(position: Position): ConfigurationProblem {
  return { position, path: '', expected: 'one document', found: 'a second one' };
}

function emptyFile(): ConfigurationProblem {
  const expected = 'a mapping with components, retention or guard';
  return { position: START, path: '', expected, found: 'an empty file' };
}
