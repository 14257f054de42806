// `savepoint forget`, `pin`, `unpin` and `recover-point`: what becomes of points as a whole.
import type { Point, Savepoint } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { pointDocument } from './describe-point.js';
import { escapeName } from './escape-name.js';
import { countOf } from './format-bytes.js';
import { withSavepoint } from './with-savepoint.js';

export function forgetCommand(context: CommandContext): Promise<Outcome> {
  const command = ['forget', ...context.operands];
  return change(context, {
    doing: 'Removed',
    action: (savepoint, points) => savepoint.forget(points, { command }),
    hint: "; 'savepoint recover-point' brings them back, until 'savepoint gc' removes what only they need",
  });
}

export function pinCommand(context: CommandContext): Promise<Outcome> {
  return change(context, { doing: 'Pinned', action: (savepoint, points) => savepoint.pin(points) });
}

export function unpinCommand(context: CommandContext): Promise<Outcome> {
  return change(context, { doing: 'Unpinned', action: (savepoint, points) => savepoint.unpin(points) });
}

export async function recoverPointCommand(context: CommandContext): Promise<Outcome> {
  const { operands, output } = context;
  return withSavepoint(context, async (savepoint) => {
    const command = ['recover-point', ...operands];
    const point = await savepoint.recoverPoint(operands[0], { command });
    if (output.json) output.document({ store: savepoint.location, point: pointDocument(point) });
    else output.report(`Recovered point ${output.style.bold(escapeName(point.name))}`);
    return 'done';
  });
}

async function change(
  context: CommandContext,
  how: {
    readonly doing: string;
    readonly action: (savepoint: Savepoint, points: readonly string[]) => Promise<readonly Point[]>;
    readonly hint?: string;
  },
): Promise<Outcome> {
  const { operands, output } = context;
  return withSavepoint(context, async (savepoint) => {
    const points = await how.action(savepoint, operands);
    if (output.json) output.document({ store: savepoint.location, points: points.map(pointDocument) });
    else {
      const names = points.map(({ name }) => output.style.bold(escapeName(name))).join(', ');
      output.report(`${how.doing} ${countOf(points.length, 'point')}: ${names}${how.hint ?? ''}`);
    }
    return 'done';
  });
}
