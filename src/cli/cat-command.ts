// `savepoint cat`: the content of a file of a point, byte for byte.
import type { CommandContext, Outcome } from './command.js';
import { CommandLineError } from './command-line-error.js';
import { withSavepoint } from './with-savepoint.js';

export async function catCommand(context: CommandContext): Promise<Outcome> {
  const { operands, output, interruption } = context;
  const [point, path] = operands;
  if (output.json)
    throw new CommandLineError(
      'USAGE',
      "'cat' prints a file as it is, which can't be JSON; leave '--json' out.",
    );
  const options = { signal: interruption.listen() };
  return withSavepoint(context, async (savepoint) => {
    const isTable = await savepoint.tables.has(point, path);
    const contents = isTable
      ? savepoint.tables.read(point, path, options)
      : savepoint.cat(point, path, options);
    for await (const content of contents) await output.bytes(content);
    return 'done';
  });
}
