// What is wrong in a configuration file, and where; and the error that refuses the file because of it. The first
// problem by its place in the file is the one that is told.
import { SavepointError } from '../../store/errors.js';

/** Both count from 1; a column is a UTF-16 unit. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ConfigurationProblem {
  readonly position: Position;
  /** The setting, such as `components.etc.paths[0]`; '' is the file as a whole. */
  readonly path: string;
  /** Phrases that read well after 'expected' and 'but found'. */
  readonly expected: string;
  readonly found: string;
  /** The right words that are like the wrong one, nearest first. */
  readonly nearest?: readonly string[];
  /** What to do, where what was expected does not say it. */
  readonly advice?: string;
}

/** CONFIG_INVALID, for the first of `problems`, of which there is at least one. */
export function refuse(problems: readonly ConfigurationProblem[], file: string): SavepointError {
  const [first, ...others] = [...problems].sort(comparePositions);
  const { path, expected, found, nearest = [], advice } = first;
  const { line, column } = first.position;
  const place = `${file}:${line}:${column}: ${path === '' ? '' : `in ${path}, `}`;
  const sentences = [`${place}expected ${expected}, but found ${found}.`];
  if (nearest.length > 0) sentences.push(`Did you mean ${nearest.join(' or ')}?`);
  if (advice !== undefined) sentences.push(advice);
  if (others.length > 0) sentences.push(countMore(others.length));
  return new SavepointError('CONFIG_INVALID', sentences.join(' '), {
    fields: { file, line, column, path, expected, found, nearest, more: others.length },
  });
}

function comparePositions(left: ConfigurationProblem, right: ConfigurationProblem): number {
  return left.position.line - right.position.line || left.position.column - right.position.column;
}

function countMore(count: number): string {
  return count === 1
    ? 'There is 1 more problem in the file.'
    : `There are ${count} more problems in the file.`;
}

/** The path of `key`, a name or the number of an item, within the setting `path`. */
export function joinSetting(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${path}[${quote(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

const MOST_QUOTED = 60;

/** `text` as a message shows it: on one line, and not too much of it. */
export function quote(text: string): string {
  const cut = text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
  return `'${JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"')}'`;
}

/** 'a, b or c'. */
export function listChoices(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
