// `savepoint verify`: what was checked, and what is damaged with the points and paths that it hurts.
import type { VerifyProblem, VerifyReport } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf, formatBytes, formatCount } from './format-bytes.js';
import { formatSeconds } from './format-time.js';
import type { Output } from './output.js';
import { withSavepoint } from './with-savepoint.js';

const MOST_PATHS = 20;

export async function verifyCommand(context: CommandContext): Promise<Outcome> {
  const { options, output, interruption } = context;
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const report = await savepoint.verify({
      data: options.has('data'),
      repair: options.has('repair'),
      signal,
      ...(output.showsProgress && {
        onProgress: ({ bytes, totalBytes }) => output.progress({ doing: 'Checking', bytes, totalBytes }),
      }),
    });
    if (output.json) output.document({ store: savepoint.location, ...report });
    else printReport(output, report, savepoint.location);
    return report.sound ? 'done' : 'unsound';
  });
}

function printReport(
  output: Output,
  { sound, problems, checked, seconds }: VerifyReport,
  location: string,
): void {
  for (const problem of problems) printProblem(output, problem);
  const what = [
    countOf(checked.points, 'point'),
    countOf(checked.packs, 'pack'),
    countOf(checked.objects, 'object'),
    formatBytes(checked.bytes),
  ];
  const verdict = sound ? output.style.green('sound') : output.style.red('damaged');
  output.report(
    `${escapeName(location)} is ${verdict}. Checked ${what.join(', ')}; ${formatSeconds(seconds)}`,
  );
}

function printProblem(output: Output, { code, file, message, hurts, repaired }: VerifyProblem): void {
  output.problem(`savepoint: ${escapeName(file)}: ${escapeText(message)} [${code}]`);
  if (repaired !== undefined) output.problem(`  repaired: ${escapeText(repaired)}`);
  for (const { point, paths } of hurts) {
    const named = paths.filter((path) => path !== '');
    output.problem(
      `  hurts ${escapeName(point)}${named.length < paths.length ? ', which cannot be read' : ''}`,
    );
    for (const path of named.slice(0, MOST_PATHS)) output.problem(`    ${escapeName(path)}`);
    if (named.length > MOST_PATHS) output.problem(`    … and ${formatCount(named.length - MOST_PATHS)} more`);
  }
}
