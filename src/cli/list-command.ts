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
    const isRemoved = options.has('removed');
    const points = isRemoved ? await savepoint.listRemoved() : await savepoint.list();
    const pins = isRemoved ? new Set<string>() : await savepoint.pins();
    const pinned = points.filter(({ id }) => pins.has(id)).map(({ name }) => name);
    if (output.json)
      output.document({ store: savepoint.location, points: points.map(pointDocument), pinned });
    else if (options.has('names')) for (const { name } of points) output.result(name);
    else if (points.length === 0 && isRemoved) output.message('There are no removed points to recover.');
    else if (points.length === 0) output.message("There are no points yet; 'savepoint save PATH' makes one.");
    else for (const line of tableOf(points, pins, output.style)) output.result(line);
    return 'done';
  });
}

function tableOf(points: readonly Point[], pins: ReadonlySet<string>, style: Style): string[] {
  const header = ['POINT', 'TIME', 'FILES', 'SIZE', 'COMPONENTS', 'MESSAGE'].map(style.dim);
  return layOutTable([header, ...points.map((point) => rowOf(point, pins.has(point.id), style))], {
    right: [2, 3],
  });
}

function rowOf(point: Point, isPinned: boolean, style: Style): string[] {
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
  const marks = [
    ...(isPinned ? [style.dim('pinned:')] : []),
    ...(complete ? [] : [style.yellow('incomplete:')]),
  ];
  const text = [...marks, firstLine(message)].join(' ');
  return [
    style.bold(escapeName(name)),
    formatTime(createdAt),
    formatCount(files),
    formatBytes(bytes),
    components.map(escapeName).join(' '),
    text,
  ];
}
