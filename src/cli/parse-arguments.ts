// Reads the words of a command line by the command table. Flags may stand before and after operands; behind `--` all
// words are operands. A word that is not known is refused with the nearest one. A command is named by one word, or by
// two where the first one names a group.

import { type CommandGroup, findGroup } from './command-groups.js';
import { type CommandLineError, usageError } from './command-line-error.js';
import type { CommandSpec, OperandSpec, OptionSpec } from './command-spec.js';
import { type CommandName, findCommand, GLOBAL_OPTIONS } from './command-table.js';
import { nearestWord } from './nearest-word.js';
import { noSuchCommand } from './no-such-command.js';

export interface ParsedArguments {
  /** Missing where no command was named. */
  readonly command: (CommandSpec & { readonly name: CommandName }) | undefined;
  /** Where only the first word of a command was named, which is enough for help. */
  readonly group: CommandGroup | undefined;
  readonly operands: readonly string[];
  readonly options: OptionValues;
}

/** The flags given, by their long names. */
export class OptionValues {
  constructor(private readonly values: ReadonlyMap<string, readonly string[]>) {}

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The last value given; `undefined` where the flag was not. */
  find(name: string): string | undefined {
    return this.values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }
}

/** Throws USAGE where a command, flag, value or operand is wrong, missing or one too many. */
export function parseArguments(words: readonly string[]): ParsedArguments {
  const state = new ParseState(words);
  for (let word = state.next(); word !== undefined; word = state.next()) {
    if (word === '--') {
      for (let rest = state.next(); rest !== undefined; rest = state.next()) takeWord(state, rest);
    } else if (/^--./.test(word)) takeLong(state, word.slice(2));
    else if (/^-./.test(word)) takeLetters(state, word.slice(1));
    else takeWord(state, word);
  }
  const { command, group, operands, values } = state;
  const options = new OptionValues(values);
  if (!options.has('help') && !options.has('version')) {
    if (group !== undefined) throw noSuchCommand([group.name]);
    if (command !== undefined) checkOperands(command, operands);
  }
  return { command, group, operands, options };
}

class ParseState {
  command: ParsedArguments['command'];
  group: CommandGroup | undefined;
  readonly operands: string[] = [];
  readonly values = new Map<string, string[]>();
  private position = 0;

  constructor(private readonly words: readonly string[]) {}

  next(): string | undefined {
    return this.words[this.position++];
  }

  get known(): readonly OptionSpec[] {
    return [...(this.command?.options ?? []), ...GLOBAL_OPTIONS];
  }

  fail(message: string, nearest?: string): CommandLineError {
    return usageError(message, { command: this.command?.name ?? this.group?.name, nearest });
  }
}

function takeWord(state: ParseState, word: string): void {
  if (state.command !== undefined) {
    state.operands.push(word);
    return;
  }
  const words = state.group === undefined ? [word] : [state.group.name, word];
  state.command = findCommand(words.join(' '));
  state.group = state.command === undefined && state.group === undefined ? findGroup(word) : undefined;
  if (state.command === undefined && state.group === undefined) throw noSuchCommand(words);
}

function takeLong(state: ParseState, text: string): void {
  const [name, ...rest] = text.split('=');
  const option = state.known.find((candidate) => candidate.name === name);
  if (option === undefined) throw noSuchFlag(state, `--${name}`);
  const attached = rest.length > 0 ? rest.join('=') : undefined;
  if (option.value === undefined) {
    if (attached !== undefined) throw state.fail(`'--${name}' takes no value.`);
    takeOption(state, option, '');
  } else if (option.attached === true) takeOption(state, option, attached ?? '');
  else takeOption(state, option, attached ?? nextValue(state, option, `--${name}`));
}

/** One letter after the other; the rest behind a letter that takes a value is its value; one that may have none takes numbers. */
function takeLetters(state: ParseState, letters: string): void {
  for (let index = 0; index < letters.length; index++) {
    const option = state.known.find(({ letter }) => letter === letters[index]);
    if (option === undefined) throw noSuchFlag(state, `-${letters[index]}`);
    const rest = letters.slice(index + 1);
    if (option.value === undefined || (option.attached === true && !/^\d/.test(rest))) {
      takeOption(state, option, '');
      continue;
    }
    takeOption(state, option, rest === '' ? nextValue(state, option, `-${letters[index]}`) : rest);
    return;
  }
}

function nextValue(state: ParseState, option: OptionSpec, flag: string): string {
  const value = state.next();
  if (value === undefined) throw state.fail(`'${flag}' needs a value: ${flag} ${option.value}.`);
  return value;
}

function takeOption(state: ParseState, option: OptionSpec, value: string): void {
  const { name, choices, group } = option;
  if (choices !== undefined && !choices.includes(value)) {
    throw state.fail(
      `'${value}' is none of ${choices.join(', ')}, which --${name} takes.`,
      nearestWord(value, choices),
    );
  }
  const before = state.values.get(name);
  if (before !== undefined && option.value !== undefined && option.repeated !== true) {
    throw state.fail(`'--${name}' is given twice.`);
  }
  const rival = state.known.find(
    (other) =>
      group !== undefined && other.group === group && other.name !== name && state.values.has(other.name),
  );
  if (rival !== undefined) throw state.fail(`'--${name}' and '--${rival.name}' exclude each other.`);
  state.values.set(name, [...(before ?? []), value]);
}

function noSuchFlag(state: ParseState, flag: string): CommandLineError {
  const named = state.command ?? state.group;
  const where = named === undefined ? 'in front of a command' : `for '${named.name}'`;
  const names = state.known.map(({ name }) => name);
  const nearest = flag.startsWith('--') ? nearestWord(flag.slice(2), names) : undefined;
  return state.fail(
    `There is no flag '${flag}' ${where}.`,
    nearest === undefined ? undefined : `--${nearest}`,
  );
}

function checkOperands(command: CommandSpec, operands: readonly string[]): void {
  const missing = command.operands.filter(({ optional }) => optional !== true)[operands.length];
  if (missing !== undefined) {
    throw usageError(`'${command.name}' needs ${missing.name}.`, { command: command.name });
  }
  // An empty word would be the working directory.
  const empty = operands.findIndex((word, index) => word === '' && isPlace(command, index));
  if (empty >= 0) {
    const { name } = command.operands[empty] ?? (command.operands.at(-1) as OperandSpec);
    throw usageError(`${name} of '${command.name}' is empty.`, { command: command.name });
  }
  const isOpen = command.operands.at(-1)?.repeated === true;
  if (isOpen || operands.length <= command.operands.length) return;
  throw usageError(`'${command.name}' has no use for '${operands[command.operands.length]}'.`, {
    command: command.name,
  });
}

function isPlace({ operands }: CommandSpec, index: number): boolean {
  const kind = (operands[index] ?? operands.at(-1))?.kind;
  return kind === 'path' || kind === 'directory';
}
