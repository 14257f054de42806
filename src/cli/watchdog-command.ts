// `savepoint watchdog`: watches the host until it is ended, and says what it sees and does.
import type { WatchEvent } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { configurationOf } from './configuration-option.js';
import { escapeName, escapeText } from './escape-name.js';
import { formatTime } from './format-time.js';
import { withSavepoint } from './with-savepoint.js';

export async function watchdogCommand(context: CommandContext): Promise<Outcome> {
  const { output, interruption } = context;
  const configuration = await configurationOf(context);
  if (configuration === undefined) {
    throw usageError(
      'There is nothing to watch by: write components, triggers and checks into a savepoint.yaml.',
      {
        command: 'watchdog',
      },
    );
  }
  const stop = new AbortController();
  interruption.listen().addEventListener('abort', () => stop.abort());
  return withSavepoint(context, async (savepoint) => {
    await savepoint.watch({
      configuration,
      signal: stop.signal,
      onEvent: (event) => {
        if (output.json) output.record(event);
        else output.result(`${formatTime(event.at)}  ${describe(event)}`);
        output.passOn();
        // Nobody reads it any more.
        if (output.isBroken) stop.abort();
      },
    });
    return 'done';
  });
}

function describe(event: WatchEvent): string {
  switch (event.kind) {
    case 'watching':
      return `Watching by ${event.triggers.join(', ') || 'no trigger'} and ${event.checks} checks`;
    case 'found':
      return `Found by ${event.trigger}: ${escapeText(event.reason)}`;
    case 'changed':
      return `Changed: ${escapeName(event.component)}, ${escapeText(event.object)}`;
    case 'not-watched':
      return `Not watched: ${escapeName(event.component)}: ${escapeText(event.reason)}`;
    case 'well':
      return 'All checks hold again';
    case 'held-back':
      return `Nothing is rolled back: ${escapeText(event.reason)}`;
    case 'rolled-back': {
      const { point, outcome, message } = event;
      return `Rolled back to ${escapeName(point)}: ${outcome}${message === undefined ? '' : ` (${escapeText(message)})`}`;
    }
  }
}
