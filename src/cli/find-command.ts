// `savepoint find`: every version of the files that match a pattern, path by path, the newest version first.
import type { FoundFile } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName } from './escape-name.js';
import { formatBytes } from './format-bytes.js';
import { formatMode, formatOwner } from './format-mode.js';
import { formatTime } from './format-time.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';
import { withSavepoint } from './with-savepoint.js';

export async function findCommand(context: CommandContext): Promise<Outcome> {
  const { operands, output, interruption } = context;
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    let isSound = true;
    const onProblem = (problem: { readonly point: string; readonly message: string }) => {
      isSound = false;
      if (output.json) output.record({ problem });
      else output.problem(`savepoint: point ${escapeName(problem.point)} is left out: ${problem.message}`);
    };
    const byPath = new Map<string, FoundFile[]>();
    for await (const found of savepoint.find(operands[0], { onProblem, signal })) {
      if (output.json) {
        output.record(found);
        await output.settle();
        continue;
      }
      const key = `${found.livePath}\0${found.component}`;
      const versions = byPath.get(key) ?? [];
      versions.push(found);
      byPath.set(key, versions);
    }
    if (!output.json && byPath.size === 0)
      output.message(`No point has a file that matches '${operands[0]}'.`);
    for (const versions of byPath.values()) printVersions(output, versions);
    return isSound ? 'done' : 'unsound';
  });
}

function printVersions(output: Output, versions: readonly FoundFile[]): void {
  const { style } = output;
  output.result(
    `${style.bold(escapeName(versions[0].livePath))}  ${style.dim(escapeName(versions[0].component))}`,
  );
  const rows = versions.map(({ points, state }) => [
    formatMode(state.type, state.mode),
    formatOwner(state),
    state.sizeBytes === undefined ? '' : formatBytes(state.sizeBytes),
    formatTime(state.modified),
    describePoints(points),
  ]);
  for (const line of layOutTable(rows, { indent: '  ', right: [2] })) output.result(line);
}

function describePoints(points: readonly string[]): string {
  const newest = escapeName(points[0]);
  const oldest = escapeName(points[points.length - 1]);
  if (points.length === 1) return `in ${newest}`;
  if (points.length === 2) return `in ${newest} and ${oldest}`;
  return `in ${points.length} points, ${newest} to ${oldest}`;
}
