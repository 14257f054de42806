// `savepoint recover`: finishes, or drops, what a crash interrupted.
import type { RecoverResult } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf } from './format-bytes.js';
import type { Output } from './output.js';
import { reportProblems } from './report-problems.js';
import { drawn } from './rollback-progress.js';
import { withSavepoint } from './with-savepoint.js';

export async function recoverCommand(context: CommandContext): Promise<Outcome> {
  const { output } = context;
  return withSavepoint(context, async (savepoint) => {
    const result = await savepoint.recover(drawn(output));
    if (output.json) output.document(result);
    else output.report(describe(result));
    const { carried } = result;
    if (carried === undefined) return 'done';
    reportFailures(output, carried);
    return carried.outcome;
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

function reportFailures(output: Output, carried: NonNullable<RecoverResult['carried']>): void {
  const { problems, displaced, message } = carried;
  reportProblems(output, `${countOf(problems.length, 'file')} are not as they should be:`, problems);
  if (message !== undefined) output.problem(`savepoint: ${escapeText(message)}`);
  for (const { path, keptAs } of displaced) {
    output.problem(
      `savepoint: ${escapeName(path)} was changed by somebody else; their version is kept as ${escapeName(keptAs)}`,
    );
  }
}
