// The completion script for zsh. Names of points come from the program itself, and are never evaluated.

import { FIRST_WORDS } from './command-groups.js';
import type { OperandKind, OptionSpec } from './command-spec.js';
import { COMMANDS, GLOBAL_OPTIONS, SHELLS } from './command-table.js';
import {
  flagsOf,
  OPERAND_CASES,
  quoted,
  SECOND_WORD_CASES,
  summaryOf,
  VALUE_FLAGS,
} from './completion-cases.js';

export function zshCompletion(): string {
  const valueFlags = VALUE_FLAGS.flatMap(({ flags }) => flags).filter((flag) => flag !== '--store');
  return `#compdef savepoint
# zsh completion of savepoint. For ~/.zshrc, behind compinit: eval "$(savepoint completion zsh)"
_savepoint_points() {
  local -a names
  names=("$@" \${(f)"$("$words[1]" $store list --names 2>/dev/null)"})
  compadd -a names
}
_savepoint() {
  local word command='' index
  local -a store commands flags
  integer operands=0
  for ((index = 2; index < CURRENT; index++)); do
    word=$words[index]
    case $word in
      (--store) store=(--store "\${words[index + 1]/#\\~/$HOME}"); ((index++)) ;;
      (${[...new Set(valueFlags)].join('|')}) ((index++)) ;;
      (-*) ;;
      (*)
        case $command:$word in
          (:*) command=$word ;;
${SECOND_WORD_CASES.map(({ group }) => `          (${group}:*|help:${group}) command="$command $word" ;;`).join('\n')}
          (*) ((operands++)) ;;
        esac
        ;;
    esac
  done
  case $words[CURRENT-1] in
${VALUE_FLAGS.map(({ flags, kind, choices }) => `    (${flags.join('|')}) ${choices.length > 0 ? `compadd ${choices.join(' ')}` : offer(kind)}; return ;;`).join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    case $command in
${COMMANDS.map(({ name, options }) => `      (${quoted(name)}) flags=(${options.map(described).join(' ')}) ;;`).join('\n')}
    esac
    flags+=(${GLOBAL_OPTIONS.map(described).join(' ')})
    _describe -o flag flags
    return
  fi
  commands=(${FIRST_WORDS.map((name) => quoted(`${name}:${summaryOf(name)}`)).join(' ')})
  case $command:$operands in
    (:*) _describe command commands ;;
${SECOND_WORD_CASES.map(({ group, words }) => `    (${group}:0|'help ${group}':0) compadd ${words.join(' ')} ;;`).join('\n')}
${OPERAND_CASES.map(({ command, position, kind }) => `    (${quoted(command)}:${position ?? '*'}) ${offer(kind)} ;;`).join('\n')}
  esac
}
if [[ $funcstack[1] == _savepoint ]]; then
  _savepoint "$@"
else
  compdef _savepoint savepoint
fi
`;
}

function described(option: OptionSpec): string {
  return flagsOf(option)
    .map((flag) => quoted(`${flag}:${option.help}`))
    .join(' ');
}

function offer(kind: OperandKind): string {
  switch (kind) {
    case 'point':
      return '_savepoint_points latest';
    case 'point-or-live':
      return '_savepoint_points latest live';
    case 'path':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'command':
      return '_describe command commands';
    case 'shell':
      return `compadd ${SHELLS.join(' ')}`;
    case 'text':
      return 'return 1';
  }
}
