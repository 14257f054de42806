// `savepoint status`: what has changed on this host since the latest point.
import type { FileChange, PointProblem } from '../index.js';
import { ChangeCounts, describeTotals } from './change-counts.js';
import { describeChange, differencesOf } from './change-lines.js';
import type { CommandContext, Outcome } from './command.js';
import { firstLine, pointDocument } from './describe-point.js';
import { escapeName } from './escape-name.js';
import { countOf } from './format-bytes.js';
import { formatTime } from './format-time.js';
import { describeGuard } from './guard-report.js';
import { reportProblems } from './report-problems.js';
import { withoutImpliedTimes } from './shown-changes.js';
import { withSavepoint } from './with-savepoint.js';

export async function statusCommand(context: CommandContext): Promise<Outcome> {
  const { output, interruption } = context;
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const { point } = await savepoint.show('latest');
    const counts = new ChangeCounts();
    const changes: FileChange[] = [];
    const problems: PointProblem[] = [];
    // By its id, so that a point made meanwhile does not change the question.
    const query = {
      before: point.id,
      after: 'live',
      signal,
      onProblem: (problem: PointProblem) => problems.push(problem),
    };
    for await (const change of savepoint.diff(query)) {
      // Counters and the like differ always.
      if (change.document === 'observed') continue;
      counts.add(change);
      changes.push(change);
    }
    const guard = await savepoint.guardStatus();
    if (output.json) {
      output.document({
        ...(guard === undefined ? {} : { guard }),
        point: pointDocument(point),
        clean: changes.length === 0 && problems.length === 0,
        counts: counts.totals,
        changes: changes.map((change) => ({ ...change, differs: differencesOf(change) })),
        problems,
      });
    } else {
      const { style } = output;
      if (guard !== undefined) output.result(describeGuard(guard));
      output.result(
        `Since point ${style.bold(escapeName(point.name))} of ${formatTime(point.createdAt)}: ${firstLine(point.message)}`,
      );
      for await (const change of withoutImpliedTimes(changes)) output.result(describeChange(change, style));
      output.result(changes.length === 0 ? 'Nothing has changed.' : `${describeTotals(counts.totals)}.`);
    }
    reportProblems(output, `${countOf(problems.length, 'file')} could not be compared:`, problems);
    return problems.length === 0 ? 'done' : 'incomplete';
  });
}
