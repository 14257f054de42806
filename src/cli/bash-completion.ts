// The completion script for bash. Names of points come from the program itself, and are never evaluated.

import { FIRST_WORDS } from './command-groups.js';
import type { OperandKind } from './command-spec.js';
import { COMMANDS, GLOBAL_OPTIONS, SHELLS } from './command-table.js';
import { flagsOf, OPERAND_CASES, quoted, SECOND_WORD_CASES, VALUE_FLAGS } from './completion-cases.js';

const NAMES = FIRST_WORDS.join(' ');

export function bashCompletion(): string {
  const globals = GLOBAL_OPTIONS.flatMap(flagsOf).join(' ');
  const valueFlags = VALUE_FLAGS.flatMap(({ flags }) => flags).filter((flag) => flag !== '--store');
  return `# bash completion of savepoint. For ~/.bashrc: eval "$(savepoint completion bash)"
_savepoint_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}
_savepoint_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}
_savepoint_points() {
  local name
  while IFS= read -r name; do
    [[ $name == "$current"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
  done < <(printf '%s\\n' "$@"; "\${COMP_WORDS[0]}" "\${store[@]}" list --names 2>/dev/null)
}
_savepoint() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command='' word flags='' index operands=0
  local -a store=()
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case $word in
      --store) store=(--store "\${COMP_WORDS[index + 1]/#\\~/$HOME}"); ((index++)) ;;
      ${[...new Set(valueFlags)].join('|')}) ((index++)) ;;
      -*) ;;
      *)
        case $command:$word in
          :*) command=$word ;;
${SECOND_WORD_CASES.map(({ group }) => `          ${group}:*|help:${group}) command="$command $word" ;;`).join('\n')}
          *) ((operands++)) ;;
        esac
        ;;
    esac
  done
  case $previous in
${VALUE_FLAGS.map(({ flags, kind, choices }) => `    ${flags.join('|')}) ${choices.length > 0 ? words(choices) : offer(kind)}; return ;;`).join('\n')}
  esac
  if [[ $current == -* ]]; then
    case $command in
${COMMANDS.map(({ name, options }) => `      ${quoted(name)}) flags=${quoted(options.flatMap(flagsOf).join(' '))} ;;`).join('\n')}
    esac
    _savepoint_words "$flags ${globals}"
    return
  fi
  case $command:$operands in
    :*) _savepoint_words ${quoted(NAMES)} ;;
${SECOND_WORD_CASES.map(({ group, words: second }) => `    ${group}:0|'help ${group}':0) ${words(second)} ;;`).join('\n')}
${OPERAND_CASES.map(({ command, position, kind }) => `    ${quoted(command)}:${position ?? '*'}) ${offer(kind)} ;;`).join('\n')}
  esac
}
complete -F _savepoint savepoint
`;
}

function offer(kind: OperandKind): string {
  switch (kind) {
    case 'point':
      return '_savepoint_points latest';
    case 'point-or-live':
      return '_savepoint_points latest live';
    case 'path':
      return '_savepoint_files -f';
    case 'directory':
      return '_savepoint_files -d';
    case 'command':
      return words(NAMES.split(' '));
    case 'shell':
      return words(SHELLS);
    case 'text':
      return ':';
  }
}

function words(list: readonly string[]): string {
  return `_savepoint_words ${quoted(list.join(' '))}`;
}
