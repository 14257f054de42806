// `savepoint diff`: what differs between two points, or a point and the live state, in the form that was asked for.
import type { DiffQuery, Savepoint, TableSides } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { createDiffPrinter } from './diff-printer.js';
import { escapeText } from './escape-name.js';
import { countOf } from './format-bytes.js';
import { withPager } from './pager.js';
import { renameOptions } from './rename-options.js';
import { reportProblems, type ShownProblem } from './report-problems.js';
import { shownChanges } from './shown-changes.js';
import { describeDifference, differenceLines } from './table-lines.js';
import { withSavepoint } from './with-savepoint.js';

export async function diffCommand(context: CommandContext): Promise<Outcome> {
  const { operands, interruption } = context;
  const { before, after, paths } = sidesOf(operands);
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const [path] = paths;
    if (paths.length === 1 && (await savepoint.tables.has(before === 'live' ? after : before, path)))
      return diffTable(context, savepoint, { before, after, path, signal });
    return withPager(context, () => diffFiles(context, savepoint, { before, after, paths, signal }));
  });
}

async function diffFiles(
  context: CommandContext,
  savepoint: Savepoint,
  sides: Required<Pick<DiffQuery, 'before' | 'after' | 'paths' | 'signal'>>,
): Promise<Outcome> {
  const { options, output } = context;
  const problems: ShownProblem[] = [];
  const renames = renameOptions(context);
  const isStream = !options.has('stat') && !options.has('dirstat');
  const addProblem = (problem: ShownProblem) => {
    problems.push(problem);
    if (output.json && isStream) output.record({ problem });
  };
  const query: DiffQuery = {
    ...sides,
    ...(renames === undefined ? {} : { renames }),
    onProblem: addProblem,
  };
  const { signal } = sides;
  const print = await createDiffPrinter({ context, savepoint, signal, onProblem: addProblem });
  let isDifferent = false;
  for await (const change of shownChanges(context, savepoint.diff(query))) {
    isDifferent = true;
    await print.change(change);
    await output.settle();
  }
  await print.end?.(problems);
  reportProblems(output, `${countOf(problems.length, 'file')} could not be compared:`, problems);
  if (problems.length > 0) return 'incomplete';
  return isDifferent && options.has('exit-code') ? 'differences' : 'done';
}

async function diffTable(
  { options, output }: CommandContext,
  savepoint: Savepoint,
  sides: TableSides,
): Promise<Outcome> {
  const difference = await savepoint.tables.diff(sides);
  const { added, removed, changed } = difference;
  if (output.json) output.document({ path: sides.path, ...difference });
  else {
    output.result(`${escapeText(sides.path)}: ${describeDifference(difference)}`);
    if (!options.has('stat')) {
      for (const line of differenceLines(difference, output.style)) {
        output.result(line);
        await output.settle();
      }
    }
  }
  const isDifferent = added.length + removed.length + changed.length > 0;
  return isDifferent && options.has('exit-code') ? 'differences' : 'done';
}

/** Without B, A is compared with the live state. What starts with a slash or names a component is no point, but a path. */
function sidesOf([before, second, ...rest]: readonly string[]) {
  if (second === undefined) return { before, after: 'live', paths: [] };
  const isPath = second.startsWith('/') || second.startsWith('.') || second.includes(':');
  return isPath
    ? { before, after: 'live', paths: [second, ...rest] }
    : { before, after: second, paths: rest };
}
