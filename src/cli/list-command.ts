// `savepoint list`: all recovery points, oldest first.
import type { Point } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { firstLine, pointDocument } from './describe-point.js';
import { escapeName, escapeText } from './escape-name.js';
import { formatBytes, formatCount } from './format-bytes.js';
import { formatTime } from './format-time.js';
import { layOutTable } from './print-table.js';
import type { Style } from './style.js';
import { withSavepoint } from './with-savepoint.js';

export async function listCommand(context: CommandContext): Promise<Outcome> {
  const { output, options } = context;
  return withSavepoint(context, async (savepoint) => {
    const points = await savepoint.list();
    if (output.json) output.document({ store: savepoint.location, points: points.map(pointDocument) });
    else if (options.has('names')) for (const { name } of points) output.result(name);
    else if (points.length === 0) output.message("There are no points yet; 'savepoint save PATH' makes one.");
    else for (const line of tableOf(points, output.style)) output.result(line);
    return 'done';
  });
}

function tableOf(points: readonly Point[], style: Style): string[] {
  const header = ['POINT', 'TIME', 'FILES', 'SIZE', 'COMPONENTS', 'MESSAGE'].map(style.dim);
  return layOutTable([header, ...points.map((point) => rowOf(point, style))], { right: [2, 3] });
}

function rowOf(point: Point, style: Style): string[] {
  const { name, createdAt, files, bytes, components, message, complete, damaged } = point;
  if (damaged !== undefined)
    return [
      style.red(escapeName(name)),
      '',
      '',
      '',
      '',
      style.red(`damaged: ${escapeText(damaged.message)}`),
    ];
  const text = complete ? firstLine(message) : `${style.yellow('incomplete:')} ${firstLine(message)}`;
  return [
    style.bold(escapeName(name)),
    formatTime(createdAt),
    formatCount(files),
    formatBytes(bytes),
    components.map(escapeName).join(' '),
    text,
  ];
}
