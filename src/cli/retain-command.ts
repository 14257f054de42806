// `savepoint retain`: which points are kept, and why; the others are removed.
import type { RetainedPoints } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { configurationOf } from './configuration-option.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf } from './format-bytes.js';
import { formatTime } from './format-time.js';
import { layOutTable } from './print-table.js';
import type { Style } from './style.js';
import { withSavepoint } from './with-savepoint.js';

export async function retainCommand(context: CommandContext): Promise<Outcome> {
  const { output, options, interruption } = context;
  const configuration = await configurationOf(context);
  if (configuration === undefined) {
    throw usageError('There is no savepoint.yaml that says which points to keep; write one.', {
      command: 'retain',
    });
  }
  const dryRun = options.has('dry-run');
  return withSavepoint(context, async (savepoint) => {
    const signal = interruption.listen();
    const result = await savepoint.retain(configuration.retention, { dryRun, command: ['retain'], signal });
    if (output.json) output.document({ store: savepoint.location, ...documentOf(result) });
    else {
      for (const line of tableOf(result, output.style)) output.result(line);
      output.report(describe(result));
    }
    return 'done';
  });
}

function documentOf({ dryRun, decisions }: RetainedPoints) {
  return {
    dryRun,
    decisions: decisions.map(({ point: { name, id }, keep, reasons }) => ({ name, id, keep, reasons })),
  };
}

function tableOf({ decisions }: RetainedPoints, style: Style): string[] {
  const rows = decisions.map(({ point, keep, reasons }) => [
    keep ? style.green('keep') : style.red('drop'),
    style.bold(escapeName(point.name)),
    point.createdAt === '' ? '' : formatTime(point.createdAt),
    escapeText(reasons.join('; ')),
  ]);
  return layOutTable([['', 'POINT', 'TIME', 'BECAUSE'].map(style.dim), ...rows]);
}

function describe({ dryRun, decisions }: RetainedPoints): string {
  const dropped = decisions.filter(({ keep }) => !keep).length;
  const kept = countOf(decisions.length - dropped, 'point');
  if (dryRun) return `${kept} would be kept, ${dropped} dropped. Nothing has been changed.`;
  return `Kept ${kept}, removed ${dropped}`;
}
