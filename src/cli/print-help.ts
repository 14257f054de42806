// The help of the program, of each command and of each group of them, made from the command table.
import type { Outcome } from './command.js';
import { type CommandGroup, secondWords } from './command-groups.js';
import { CommandLineError } from './command-line-error.js';
import type { CommandSpec, OperandSpec, OptionSpec } from './command-spec.js';
import { COMMANDS, GLOBAL_OPTIONS, STORE_RULE } from './command-table.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';
import { createStyle, type Style } from './style.js';

const PLAIN = createStyle(false);
const LINE_WIDTH = 80;

/** Prints the help for a command or a group, or for all where none is named. Throws USAGE where nobody asked for it. */
export function printHelp(
  output: Output,
  wanted: { readonly command: CommandSpec | CommandGroup | undefined; readonly asked: boolean },
): Outcome {
  const { command, asked } = wanted;
  if (!asked && !output.json) output.problem(overview(PLAIN).join('\n'));
  if (!asked) throw new CommandLineError('USAGE', 'No command is named.');
  if (output.json) output.document(documentOf(command));
  else for (const line of linesOf(command, output.style)) output.result(line);
  return 'done';
}

function documentOf(command: CommandSpec | CommandGroup | undefined): unknown {
  if (command === undefined) return { commands: COMMANDS };
  return 'commands' in command ? { group: command } : { command };
}

function linesOf(command: CommandSpec | CommandGroup | undefined, style: Style): string[] {
  if (command === undefined) return overview(style);
  return 'commands' in command ? groupHelp(command, style) : commandHelp(command, style);
}

function overview(style: Style): string[] {
  const commands = COMMANDS.map(({ name, summary }) => [style.cyan(name), summary]);
  return [
    'savepoint takes recovery points of files, and puts any part of them back.',
    '',
    `${style.bold('Usage:')} savepoint [FLAGS] COMMAND …`,
    '',
    style.bold('Commands:'),
    ...layOutTable(commands, { indent: '  ' }),
    '',
    style.bold('Flags of all commands:'),
    ...optionLines(GLOBAL_OPTIONS),
    '',
    ...wrap(STORE_RULE),
    "'savepoint help COMMAND' shows the flags of a command, and examples.",
  ];
}

function groupHelp(group: CommandGroup, style: Style): string[] {
  const { name, summary, commands } = group;
  return [
    `${style.bold('Usage:')} savepoint ${name} ${secondWords(group).join('|')} …`,
    '',
    `They ${summary}.`,
    '',
    style.bold('Commands:'),
    ...layOutTable(
      commands.map((command) => [style.cyan(command.name), command.summary]),
      { indent: '  ' },
    ),
    '',
    `'savepoint help ${commands[0].name}' shows the flags of one, and examples.`,
  ];
}

function commandHelp(command: CommandSpec, style: Style): string[] {
  const { name, description, operands, options, examples } = command;
  const usage = [
    'savepoint',
    name,
    ...(options.length > 0 ? ['[FLAGS]'] : []),
    ...operands.map(operandUsage),
  ];
  return [
    `${style.bold('Usage:')} ${usage.join(' ')}`,
    '',
    ...description.split('\n').flatMap(wrap),
    '',
    ...(options.length === 0 ? [] : [style.bold('Flags:'), ...optionLines(options), '']),
    style.bold('Examples:'),
    ...examples.map((example) => `  ${example}`),
    '',
    "Flags of all commands: 'savepoint help'.",
  ];
}

function operandUsage({ name, optional, repeated }: OperandSpec): string {
  const text = repeated ? `${name}…` : name;
  return optional ? `[${text}]` : text;
}

function optionLines(options: readonly OptionSpec[]): string[] {
  const rows = options.map(({ name, letter, value, attached, help }) => {
    const written = attached === true ? `[=${value}]` : ` ${value}`;
    const flag = value === undefined ? `--${name}` : `--${name}${written}`;
    return [letter === undefined ? `    ${flag}` : `-${letter}, ${flag}`, help];
  });
  return layOutTable(rows, { indent: '  ' });
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > LINE_WIDTH) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}
