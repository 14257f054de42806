// What a format of configuration files can do: say which keys a text has, and carry one key from one version of a file to
// another, changing nothing else. Pure functions of texts.
import type { KeyPath } from './key-path.js';

export type FormatName = 'json' | 'yaml' | 'toml' | 'ini' | 'properties' | 'sshd';

/** Why the keys of a text can't be told. */
export interface ParseProblem {
  /** Of the first character that does not fit; both from 1 on. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, as a sentence without its full stop. */
  readonly message: string;
  /** `syntax`: its programs can't read it either; `limit`: too large or too deep for here; `ambiguous`: a key that is no name. */
  readonly kind: 'syntax' | 'limit' | 'ambiguous';
}

export interface KeyValue {
  readonly key: string;
  /** Equal where the value is: strings bare where nothing else could be meant, else as in JSON; all others as written. */
  readonly value: string;
}

/** The entries in the order of the text, each key once; or the problem. */
export type KeyReading =
  | { readonly entries: readonly KeyValue[]; readonly problem?: undefined }
  | { readonly problem: ParseProblem };

export interface TextCopy {
  /** The text that has the value; where it has none, the key is removed. Missing: the key is removed, and nothing else. */
  readonly from: string | undefined;
  readonly to: string;
  /** Of at least one segment. */
  readonly path: KeyPath;
}

/** The new text, or why it can't be made, as a sentence without its full stop. */
export type TextCopied =
  | { readonly text: string; readonly refusal?: undefined }
  | { readonly refusal: string };

export interface ConfigFormat {
  readonly name: FormatName;
  /** Whether a number after a name says which of several equal names is meant; else it is the place in a list. */
  readonly numbersRepeats: boolean;
  /** Of a text without byte order mark. `isStrict`: as the standard of the format has it, without what many readers let pass. */
  readKeys(text: string, isStrict?: boolean): KeyReading;
  /** Both texts can be parsed. */
  copyKey(copy: TextCopy): TextCopied;
}
