// `savepoint help`: the help of a command that is named, of commands that start with the same word, or of the program.
import type { CommandContext, Outcome } from './command.js';
import { findGroup } from './command-groups.js';
import { findCommand } from './command-table.js';
import { noSuchCommand } from './no-such-command.js';
import { printHelp } from './print-help.js';

export async function helpCommand({ operands, output }: CommandContext): Promise<Outcome> {
  const name = operands.join(' ');
  const command = findCommand(name) ?? findGroup(name);
  if (operands.length > 0 && command === undefined) throw noSuchCommand(operands);
  return printHelp(output, { command, asked: true });
}
