// `savepoint confirm` and `cancel`: a word about the guarded change, from any terminal.
import type { GuardAnswer, GuardFollowOptions, Savepoint } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { durationOption } from './duration-option.js';
import { formatSeconds } from './format-time.js';

import { GuardReporter, outcomeOfGuard, printGuardEnd } from './guard-report.js';
import type { Output } from './output.js';
import { withSavepoint } from './with-savepoint.js';

export async function confirmCommand(context: CommandContext): Promise<Outcome> {
  const extend = durationOption(context, 'extend', 'extendMs');
  return answer(context, {
    give: (savepoint, following) => savepoint.confirm({ ...following, ...extend }),
    print: (output, result) => {
      if ('extendMs' in extend && result.remainingMs !== undefined)
        output.report(`There is time to confirm for another ${formatSeconds(result.remainingMs / 1000)}`);
      else printGuardEnd(output, result);
    },
    outcomeOf: (result) =>
      'extendMs' in extend && result.state === 'trial' ? 'done' : outcomeOfGuard(result),
  });
}

export async function cancelCommand(context: CommandContext): Promise<Outcome> {
  return answer(context, {
    give: (savepoint, following) => savepoint.cancel(following),
    print: printGuardEnd,
    // To go back is what was asked for.
    outcomeOf: (result) => (outcomeOfGuard(result) === 'reverted' ? 'done' : outcomeOfGuard(result)),
  });
}

function answer(
  context: CommandContext,
  how: {
    readonly give: (savepoint: Savepoint, following: GuardFollowOptions) => Promise<GuardAnswer>;
    readonly print: (output: Output, result: GuardAnswer) => void;
    readonly outcomeOf: (result: GuardAnswer) => Outcome;
  },
): Promise<Outcome> {
  const { output, interruption } = context;
  return withSavepoint(context, async (savepoint) => {
    const reporter = new GuardReporter(output);
    const result = await how.give(savepoint, {
      signal: interruption.listen(),
      onStatus: (status) => reporter.show(status),
    });
    if (output.json) output.document(result);
    else how.print(output, result);
    return how.outcomeOf(result);
  });
}
