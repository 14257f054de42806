// A file of configuration by its bytes: which keys it has, and which differ from another version of it.
import { decodeName, isWellFormed } from '../../store/names.js';
import { compareEntries, type KeyChange } from './compare-entries.js';
import type { ConfigFormat, KeyReading, ParseProblem } from './config-format.js';
import { findFormat, loadFormat } from './find-format.js';
import { positionOf } from './text-edit.js';

/** The bytes, or the text that they spell. */
export type ConfigContent = Uint8Array | string;

/** A file of a known format, as a text without its byte order mark; bytes that are no UTF-8 are kept as `store/names.ts` has it. */
export interface ConfigText {
  readonly format: ConfigFormat;
  readonly mark: '' | '\uFEFF';
  readonly text: string;
}

/** `undefined` where no format is known. */
export async function openConfigText(path: string, content: ConfigContent): Promise<ConfigText | undefined> {
  const whole = typeof content === 'string' ? content : decodeName(content);
  const choice = findFormat(path, whole);
  if (choice === undefined) return undefined;
  const mark = whole.startsWith('\uFEFF') ? '\uFEFF' : '';
  return { format: await loadFormat(choice), mark, text: whole.slice(mark.length) };
}

/** All keys with their values, in the order of the file; `undefined` where no format is known. */
export async function readKeys(path: string, content: ConfigContent): Promise<KeyReading | undefined> {
  const file = await openConfigText(path, content);
  return file === undefined ? undefined : readConfigText(file);
}

export function readConfigText({ format, text }: ConfigText, isStrict = false): KeyReading {
  const encoding = isStrictFormat(format) ? findStrayByte(text) : undefined;
  return encoding === undefined ? format.readKeys(text, isStrict) : { problem: encoding };
}

/** Whether what breaks the rules of the format is read by no program. */
export function isStrictFormat({ name }: Pick<ConfigFormat, 'name'>): boolean {
  return name === 'json' || name === 'yaml' || name === 'toml';
}

/**
 * What differs between two versions of the file at `path`, in the order of the keys, removed ones where they stood. `undefined`
 * where one of them can't be read by keys: then they are to be compared as texts. What is only moved or written otherwise is
 * no change.
 */
export async function diffKeys(
  versions: { readonly before: ConfigContent; readonly after: ConfigContent },
  path: string,
): Promise<KeyChange[] | undefined> {
  const [before, after] = await Promise.all([
    openConfigText(path, versions.before),
    openConfigText(path, versions.after),
  ]);
  if (before === undefined || after === undefined || before.format.name !== after.format.name)
    return undefined;
  const old = readConfigText(before);
  const young = readConfigText(after);
  if (old.problem !== undefined || young.problem !== undefined) return undefined;
  return compareEntries(old.entries, young.entries);
}

function findStrayByte(text: string): ParseProblem | undefined {
  if (isWellFormed(text)) return undefined;
  const offset = text.search(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/);
  return { ...positionOf(text, offset), kind: 'syntax', message: 'a byte stands here that is no UTF-8' };
}
