// `savepoint help`: the help of a command that is named, or of the program.
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { COMMANDS, findCommand } from './command-table.js';
import { nearestWord } from './nearest-word.js';
import { printHelp } from './print-help.js';

export async function helpCommand({ operands, output }: CommandContext): Promise<Outcome> {
  const [name] = operands;
  const command = name === undefined ? undefined : findCommand(name);
  if (name !== undefined && command === undefined) {
    const names = COMMANDS.map((known) => known.name);
    throw usageError(`There is no command '${name}'.`, { nearest: nearestWord(name, names) });
  }
  return printHelp(output, { command, asked: true });
}
