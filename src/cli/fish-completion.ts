// The completion script for fish. Names of points come from the program itself, and are never evaluated.

import { FIRST_WORDS } from './command-groups.js';
import type { OperandKind, OptionSpec } from './command-spec.js';
import { COMMANDS, GLOBAL_OPTIONS, SHELLS } from './command-table.js';
import { OPERAND_CASES, SECOND_WORD_CASES, summaryOf, VALUE_FLAGS } from './completion-cases.js';

const NAMES = FIRST_WORDS.join(' ');
const GROUP_NAMES = SECOND_WORD_CASES.map(({ group }) => group).join(' ');

export function fishCompletion(): string {
  const valueFlags = VALUE_FLAGS.flatMap(({ flags }) => flags);
  return `# fish completion of savepoint. For ~/.config/fish/completions/savepoint.fish
# Prints the command, and how many operands stand behind it.
function __savepoint_place
    set -l command ''
    set -l operands 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${[...new Set(valueFlags)].join(' ')}
            set skip 1
        else if string match -q -- '-*' $word
            continue
        else if test -z "$command"
            set command $word
        else if contains -- $command ${GROUP_NAMES}
            set command "$command $word"
        else if test "$command" = help; and contains -- $word ${GROUP_NAMES}
            set command "help $word"
        else
            set operands (math $operands + 1)
        end
    end
    echo "$command:$operands"
end
function __savepoint_at
    string match -q -- $argv[1] (__savepoint_place)
end
function __savepoint_points
    set -l words (commandline -opc)
    set -l store
    if set -l index (contains -i -- --store $words)
        set store --store (string replace -r '^~' $HOME -- $words[(math $index + 1)])
    end
    printf '%s\\n' $argv
    $words[1] $store list --names 2>/dev/null
end
complete -c savepoint -e
complete -c savepoint -f
${GLOBAL_OPTIONS.map((option) => flagLine(option)).join('\n')}
${FIRST_WORDS.map((name) => `complete -c savepoint -n '__savepoint_at ":0"' -a ${name} -d ${quote(summaryOf(name))}`).join('\n')}
${SECOND_WORD_CASES.map(({ group, words }) => `complete -c savepoint -n '__savepoint_at "${group}:0"; or __savepoint_at "help ${group}:0"' -a ${quote(words.join(' '))}`).join('\n')}
${COMMANDS.flatMap(({ name, options }) => options.map((option: OptionSpec) => flagLine(option, name))).join('\n')}
${operandLines().join('\n')}
`;
}

function flagLine(option: OptionSpec, command?: string): string {
  const { name, letter, value, attached, kind, choices, help } = option;
  const parts = ['complete -c savepoint'];
  if (command !== undefined) parts.push(`-n '__savepoint_at "${command}:*"'`);
  parts.push(`-l ${name}`);
  if (letter !== undefined) parts.push(`-s ${letter}`);
  if (value !== undefined && attached !== true) parts.push(kind === 'path' ? '-r -F' : '-x');
  if (choices !== undefined) parts.push(`-a ${quote(choices.join(' '))}`);
  else if (value !== undefined && kind === 'directory') parts.push(offer(kind));
  return [...parts, `-d ${quote(help)}`].join(' ');
}

/** An open operand is offered wherever none of those before it is. */
function operandLines(): string[] {
  return OPERAND_CASES.filter(({ kind }) => kind !== 'text').map(({ command, position, kind }) => {
    const before = OPERAND_CASES.filter((other) => other.command === command && other.position !== undefined);
    const excluded = before
      .map((other) => `; and not __savepoint_at "${command}:${other.position}"`)
      .join('');
    const condition =
      position === undefined
        ? `__savepoint_at "${command}:*"${excluded}`
        : `__savepoint_at "${command}:${position}"`;
    return `complete -c savepoint -n '${condition}' ${offer(kind)}`;
  });
}

function offer(kind: OperandKind): string {
  switch (kind) {
    case 'point':
      return "-a '(__savepoint_points latest)'";
    case 'point-or-live':
      return "-a '(__savepoint_points latest live)'";
    case 'path':
      return '-F';
    case 'directory':
      return "-a '(__fish_complete_directories (commandline -ct))'";
    case 'command':
      return `-a ${quote(NAMES)}`;
    case 'shell':
      return `-a ${quote(SHELLS.join(' '))}`;
    case 'text':
      return '';
  }
}

/** For single quotes of fish, where a backslash escapes. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
