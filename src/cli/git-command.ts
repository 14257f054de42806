// `savepoint git export`: points as tags and commits of a bare git repository.
import type { GitExport, GitExportProgress, ObjectFormat } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName } from './escape-name.js';
import { countOf, formatBytes } from './format-bytes.js';
import type { Output } from './output.js';
import { withSavepoint } from './with-savepoint.js';

export async function gitExportCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const [directory, ...points] = operands;
  // The command table has the only formats that there are.
  const objectFormat = options.find('object-format') as ObjectFormat | undefined;
  const signingKey = options.find('sign');
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const result = await savepoint.git.export(directory, {
      ...(points.length === 0 ? {} : { points }),
      ...(objectFormat === undefined ? {} : { objectFormat }),
      ...(signingKey === undefined ? {} : { signingKey }),
      ...{ signal, ...progressOf(output) },
    });
    if (output.json) output.document({ store: savepoint.location, ...result });
    else output.report(...describeExport(result, output));
    return 'done';
  });
}

function progressOf(output: Output) {
  if (!output.showsProgress) return {};
  const doing = 'Writing the repository';
  return { onProgress: (progress: GitExportProgress) => output.progress({ doing, ...progress }) };
}

function describeExport(result: GitExport, { style }: Output): string[] {
  const { directory, created, points, removed, objects, bytes } = result;
  const added = points.filter(({ outcome }) => outcome === 'added');
  const where = style.bold(escapeName(directory));
  const lines = [
    `${created ? 'Made' : 'Updated'} ${where}: ${countOf(added.length, 'new point')}, ${countOf(objects, 'object')}, ${formatBytes(bytes)}`,
  ];
  if (removed.length > 0)
    lines.push(
      `Removed ${countOf(removed.length, 'tag')} of points that are gone: ${removed.map(escapeName).join(', ')}`,
    );
  return lines;
}
