// What a shell has to offer at each place of a command line, worked out from the command table for all shells alike.

import { findGroup, GROUPS, secondWords } from './command-groups.js';
import type { OperandKind } from './command-spec.js';
import { COMMANDS, findCommand, GLOBAL_OPTIONS } from './command-table.js';

/** What completes one operand of a command. */
export interface OperandCase {
  readonly command: string;
  /** How many operands stand before it; `undefined` where any number may, from the last described one on. */
  readonly position: number | undefined;
  readonly kind: OperandKind;
}

/** In order of position; the first case that fits counts. */
export const OPERAND_CASES: readonly OperandCase[] = COMMANDS.flatMap(({ name, operands }) =>
  operands.map((operand, index) => ({
    command: name,
    position: 'repeated' in operand ? undefined : index,
    kind: operand.kind,
  })),
);

/** Where the second word of a command belongs: behind the group's name, in the help as well. */
export interface SecondWordCase {
  readonly group: string;
  readonly words: readonly string[];
}

export const SECOND_WORD_CASES: readonly SecondWordCase[] = GROUPS.map((group) => ({
  group: group.name,
  words: secondWords(group),
}));

/** A line about the command or the group of that name. */
export function summaryOf(firstWord: string): string {
  return (findCommand(firstWord) ?? findGroup(firstWord))?.summary ?? '';
}

/** A flag that takes the next word as its value, as it is written: `--store`, `-m`. */
export interface ValueFlag {
  readonly flags: readonly string[];
  readonly kind: OperandKind;
  readonly choices: readonly string[];
}

/** Equal flags of several commands take equal values. */
export const VALUE_FLAGS: readonly ValueFlag[] = [
  ...GLOBAL_OPTIONS,
  ...COMMANDS.flatMap(({ options }) => [...options]),
]
  .filter((option) => 'value' in option && !('attached' in option))
  .map((option) => ({
    flags: flagsOf(option),
    kind: ('kind' in option ? option.kind : undefined) ?? 'text',
    choices: ('choices' in option ? option.choices : undefined) ?? [],
  }));

/** `--name`, and `-n` where the flag has a letter. */
export function flagsOf(option: { readonly name: string; readonly letter?: string }): string[] {
  return option.letter === undefined ? [`--${option.name}`] : [`--${option.name}`, `-${option.letter}`];
}

/** For single quotes of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
