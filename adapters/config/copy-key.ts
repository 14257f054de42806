// Carries one key from one version of a file to another, and makes sure that nothing else has changed: what can't be done so is
// refused.

import { SavepointError } from '../../store/errors.js';
import { encodeName } from '../../store/names.js';
import { type ConfigContent, type ConfigText, openConfigText, readConfigText } from './config-file.js';
import type { KeyValue } from './config-format.js';
import { formatKey, type KeyPath, parseKey } from './key-path.js';
import { lineEndOf } from './text-edit.js';

export interface KeyCopy {
  /** Of the file, for its format and for messages. */
  readonly path: string;
  /** The version that has the value; where it has no such key, the key is removed. Missing: the key is removed. */
  readonly from: ConfigContent | undefined;
  /** The version that gets it. */
  readonly to: ConfigContent;
  /** As `formatKey` writes it; of a mapping or a section for all that is in it. */
  readonly key: string;
}

/**
 * The new content: comments, order, form and line ends of all else are those of `to`, and the value is written as in `from`.
 * Throws INVALID_NAME where `key` is none, PATH_NOT_FOUND where no version has it, UNSUPPORTED where the file is of no known format or the key can't be exchanged
 * alone, STATE_UNREADABLE with path, line and column where one version can't be parsed.
 */
export async function copyKey({ path, from, to, key }: KeyCopy): Promise<Uint8Array> {
  const parsed = parseKey(key);
  if (parsed.length === 0)
    throw new SavepointError('INVALID_NAME', 'The key is empty; name one, such as server.port.');
  const target = await openConfigText(path, to);
  const opened = from === undefined ? undefined : await openConfigText(path, from);
  if (target === undefined || (from !== undefined && opened?.format.name !== target.format.name)) {
    throw new SavepointError(
      'UNSUPPORTED',
      `${path} can't be changed by keys, as its format is not known here; put the whole file back instead.`,
      { fields: { path, key } },
    );
  }
  const { numbersRepeats } = target.format;
  // The first of several has no number there.
  const keyPath = numbersRepeats ? parsed.filter((segment) => segment !== 0) : parsed;
  const source = opened === undefined ? undefined : withLineEnds(opened, lineEndOf(target.text));
  const before = requireKeys(target, { path, version: 'as it is now' });
  const wanted = source === undefined ? [] : requireKeys(source, { path, version: 'in the recovery point' });
  if (![...before, ...wanted].some((each) => isInside(each.key, formatKey(keyPath), numbersRepeats))) {
    throw new SavepointError(
      'PATH_NOT_FOUND',
      `There is no ${key} in ${path}, neither now nor in the recovery point; compare both to see the keys that differ.`,
      { fields: { path, key } },
    );
  }
  const copied = target.format.copyKey({ from: source?.text, to: target.text, path: keyPath });
  if (copied.refusal !== undefined) throw refused({ path, key, reason: copied.refusal });
  const changed = { ...target, text: copied.text };
  const reason = findFault({ changed, before, wanted, keyPath });
  if (reason !== undefined) throw refused({ path, key, reason });
  return encodeName(target.mark + copied.text);
}

function withLineEnds(file: ConfigText, eol: string): ConfigText {
  return { ...file, text: file.text.replace(/\r?\n/g, eol) };
}

function requireKeys(
  file: ConfigText,
  { path, version }: { path: string; version: string },
): readonly KeyValue[] {
  const reading = readConfigText(file);
  if (reading.problem === undefined) return reading.entries;
  const { line, column, message } = reading.problem;
  throw new SavepointError(
    'STATE_UNREADABLE',
    `${path} ${version} can't be read by keys: line ${line}, column ${column}: ${message}. Mend it, or put the whole file back.`,
    { fields: { path, line, column, reason: message } },
  );
}

interface Outcome {
  readonly changed: ConfigText;
  readonly before: readonly KeyValue[];
  readonly wanted: readonly KeyValue[];
  readonly keyPath: KeyPath;
}

/** Why the new text is not what it should be; `undefined` where it is. */
function findFault({ changed, before, wanted, keyPath }: Outcome): string | undefined {
  const reading = readConfigText(changed);
  if (reading.problem !== undefined) {
    const { line, column, message } = reading.problem;
    return `the file could not be parsed any more (line ${line}, column ${column}: ${message})`;
  }
  const { numbersRepeats } = changed.format;
  const key = formatKey(keyPath);
  const isWanted = (each: string) => isInside(each, key, numbersRepeats);
  const expected = entriesOf(wanted, isWanted);
  // Behind an item of a list or a repeated name that is removed, the others move up.
  const movesUp = expected.size === 0 && (numbersRepeats || typeof keyPath.at(-1) === 'number');
  if (!movesUp && !isEqual(entriesOf(reading.entries, isWanted), expected)) {
    return 'the value could not be put there alone';
  }
  const scope = scopeOf(keyPath);
  // What was empty is not any more, or the other way round.
  const around = new Set(keyPath.slice(0, -1).map((_, index) => formatKey(keyPath.slice(0, index + 1))));
  const isElsewhere = (each: string) => !isInside(each, scope, false) && !around.has(each);
  if (!isEqual(entriesOf(reading.entries, isElsewhere), entriesOf(before, isElsewhere))) {
    return 'other keys would change with it';
  }
  return undefined;
}

function scopeOf(path: KeyPath): string {
  return formatKey(typeof path.at(-1) === 'number' ? path.slice(0, -1) : path);
}

function isInside(key: string, outer: string, numbersRepeats: boolean): boolean {
  if (!key.startsWith(outer)) return false;
  const next = key[outer.length];
  return next === undefined || next === '.' || (next === '[' && !numbersRepeats) || outer === '';
}

function entriesOf(entries: readonly KeyValue[], isMeant: (key: string) => boolean): Map<string, string> {
  return new Map(entries.filter(({ key }) => isMeant(key)).map(({ key, value }) => [key, value]));
}

function isEqual(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value);
}

function refused({ path, key, reason }: { path: string; key: string; reason: string }): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `${key} of ${path} can't be put back alone: ${reason}. Put a key further up or the whole file back.`,
    { fields: { path, key, reason } },
  );
}
