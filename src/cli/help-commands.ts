// The commands that help with all others, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';

export const HELP_COMMANDS = [
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    description:
      'Prints a script that makes a shell complete commands, flags and the names of recovery points.\nbash: add  eval "$(savepoint completion bash)"  to ~/.bashrc.\nzsh: add  eval "$(savepoint completion zsh)"  to ~/.zshrc, behind compinit.\nfish: savepoint completion fish > ~/.config/fish/completions/savepoint.fish',
    operands: [{ name: 'SHELL', kind: 'shell' }],
    options: [],
    examples: ['savepoint completion bash'],
  },
  {
    name: 'doctor',
    summary: 'say what this machine offers',
    description:
      'Says what savepoint found on this machine, and what is missing for full service, such as file attributes that could not be kept. Ends with exit code 1 where something has to be mended.',
    operands: [],
    options: [],
    examples: ['savepoint doctor'],
  },
  {
    name: 'help',
    summary: 'show what a command does',
    description:
      'Shows all commands, or one of them with its flags and examples. Of commands of two words, the first one alone shows those that it starts.',
    operands: [
      { name: 'COMMAND', kind: 'command', optional: true },
      { name: 'SUBCOMMAND', kind: 'text', optional: true },
    ],
    options: [],
    examples: ['savepoint help save', 'savepoint help bundle create'],
  },
] as const satisfies readonly CommandSpec[];
