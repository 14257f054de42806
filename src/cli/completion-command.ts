// `savepoint completion`: the script that makes a shell complete command lines.
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { SHELLS } from './command-table.js';
import { nearestWord } from './nearest-word.js';

type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, () => Promise<string>>> = {
  bash: async () => (await import('./bash-completion.js')).bashCompletion(),
  zsh: async () => (await import('./zsh-completion.js')).zshCompletion(),
  fish: async () => (await import('./fish-completion.js')).fishCompletion(),
};

export async function completionCommand({ operands, output }: CommandContext): Promise<Outcome> {
  const shell = SHELLS.find((name) => name === operands[0]);
  if (shell === undefined) {
    throw usageError(`There is no completion for '${operands[0]}'; there is for ${SHELLS.join(', ')}.`, {
      command: 'completion',
      nearest: nearestWord(operands[0], SHELLS),
    });
  }
  const script = await SCRIPTS[shell]();
  if (output.json) output.document({ shell, script });
  else output.result(script.trimEnd());
  return 'done';
}
