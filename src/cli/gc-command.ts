// `savepoint gc`: frees the space of what no point needs.
import type { GcResult } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { durationOption } from './duration-option.js';
import { countOf, formatBytes } from './format-bytes.js';
import { withSavepoint } from './with-savepoint.js';

export async function gcCommand(context: CommandContext): Promise<Outcome> {
  const { output, options, interruption } = context;
  const graceMs = durationOption(context, 'grace', 'graceMs');
  return withSavepoint(context, async (savepoint) => {
    const result = await savepoint.gc({
      ...graceMs,
      ...{ full: options.has('full'), dryRun: options.has('dry-run') },
      ...{ command: ['gc'], signal: interruption.listen() },
    });
    if (output.json) output.document({ store: savepoint.location, ...result });
    else output.report(...describe(result));
    return 'done';
  });
}

function describe({ dryRun, marked, rewritten, removed, removedPoints, waiting }: GcResult): string[] {
  const size = ({ packs, bytes }: { packs: number; bytes: number }) =>
    `${countOf(packs, 'pack')} of ${formatBytes(bytes)}`;
  const anew = rewritten === 0 ? '' : `; ${rewritten} of them in part, the rest written anew`;
  if (dryRun) return [`${size(marked)} would be marked${anew}. Nothing has been changed.`];
  return [
    `Removed ${size(removed)}, and ${countOf(removedPoints, 'point')} for good`,
    `Marked ${size(marked)}${anew}`,
    ...(waiting.packs === 0 ? [] : [`Waiting until nobody can need them any more: ${size(waiting)}`]),
  ];
}
