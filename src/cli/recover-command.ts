// `savepoint recover`: finishes, or drops, what a crash interrupted.
import type { RecoveredGuard, RecoverResult } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf } from './format-bytes.js';
import type { Output } from './output.js';
import { reportKeptDirectories, reportProblems } from './report-problems.js';
import { drawn } from './rollback-progress.js';
import { withSavepoint } from './with-savepoint.js';

export async function recoverCommand(context: CommandContext): Promise<Outcome> {
  const { output, options, interruption } = context;
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const result = await savepoint.recover({
      ...drawn(output),
      ...{ force: options.has('force'), signal },
    });
    if (output.json) output.document(result);
    else output.report(describe(result));
    const { carried, guard, left = [] } = result;
    if (left.length > 0) reportProblems(output, 'Not all could be taken away:', left);
    if (carried !== undefined) reportFailures(output, carried);
    if (guard !== undefined && !output.json) reportGuard(output, guard);
    if (guard?.state === 'inconsistent') return 'inconsistent';
    return carried?.outcome ?? 'done';
  });
}

function describe({ did, kind, target, carried }: RecoverResult): string {
  const operation = `the ${kind} to ${escapeName(target?.name ?? '')}`;
  switch (did) {
    case 'nothing':
      return 'No operation was interrupted';
    case 'dropped':
      return `Dropped ${operation}: it had not been decided, and everything is as before it`;
    case 'tidied':
      return `Took away what ${operation} had left: it was over`;
    case 'finished':
      return `Finished ${operation}: ${carried?.outcome}`;
  }
}

function reportGuard(output: Output, { command, point, state, reason = '' }: RecoveredGuard): void {
  const change = `the guarded change '${escapeText(command.join(' '))}'`;
  if (state === 'inconsistent') output.problem(`savepoint: INCONSISTENT: ${change}: ${escapeText(reason)}`);
  else if (state === 'dropped') output.report(`Dropped ${change}: it had not begun`);
  else output.report(`Took ${change} back to point ${escapeName(point.name)}: ${escapeText(reason)}`);
}

function reportFailures(output: Output, carried: NonNullable<RecoverResult['carried']>): void {
  const { problems, displaced, kept, message } = carried;
  reportProblems(
    output,
    `${countOf(problems.length, 'thing')} ${problems.length === 1 ? 'is' : 'are'} not as they should be:`,
    problems,
  );
  if (message !== undefined) output.problem(`savepoint: ${escapeText(message)}`);
  for (const { path, keptAs } of displaced) {
    output.problem(
      `savepoint: ${escapeName(path)} was changed by somebody else; their version is kept as ${escapeName(keptAs)}`,
    );
  }
  reportKeptDirectories(output, kept);
}
