// `savepoint show`: a recovery point with its components, or a file of it with all that is known of it.
import type { Agreement, FileState, PathDetails, PointDetails } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { firstLine, pointDocument } from './describe-point.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf, formatBytes, formatCount } from './format-bytes.js';
import { formatMode, formatOwner } from './format-mode.js';
import { formatExactTime, formatSeconds, formatTime } from './format-time.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';
import { withSavepoint } from './with-savepoint.js';

export async function showCommand(context: CommandContext): Promise<Outcome> {
  const { operands, output } = context;
  const [point, path] = operands;
  return withSavepoint(context, async (savepoint) => {
    if (path === undefined) printPoint(output, await savepoint.show(point));
    else printPath(output, await savepoint.showPath(point, path));
    return 'done';
  });
}

function printPoint(output: Output, details: PointDetails): void {
  const { point, record, components, instants, agreements } = details;
  if (output.json) {
    const { problems, problemCount, configuration } = record;
    const ofData = instants.length === 0 ? {} : { instants, agreements };
    output.document({
      ...{ point: pointDocument(point), components, ...ofData, problems, problemCount },
      ...(configuration === undefined ? {} : { configuration }),
    });
    return;
  }
  const { style } = output;
  const tags = Object.entries(point.tags).map(([key, value]) => escapeText(`${key}=${value}`));
  const state = record.complete ? 'yes' : style.yellow(`no: ${countOf(record.problemCount, 'problem')}`);
  printFields(output, [
    ['Point', style.bold(escapeName(point.name))],
    ['Message', escapeText(point.message)],
    ['Time', formatExactTime(point.createdAt)],
    ['Host', escapeText(point.host)],
    ['Taken by', `savepoint ${escapeText(record.savepoint)}, ${escapeText(point.trigger)}`],
    ['Health', point.health],
    ['Tags', tags.join(', ')],
    ['Complete', state],
    ['Id', point.id],
    ['Commit', point.commit],
    ['Tree', point.tree],
  ]);
  const header = ['COMPONENT', 'PATH', 'FILES', 'DIRECTORIES', 'SIZE', 'TREE'].map(style.dim);
  const rows = components.map(({ name, kind, settings, origin, files, directories, bytes, tree }) => [
    ...[
      escapeName(name),
      escapeName(settings === undefined ? origin : kind),
      formatCount(files),
      formatCount(directories),
      formatBytes(bytes),
      tree,
    ],
  ]);
  output.result();
  for (const line of layOutTable([header, ...rows], { right: [2, 3, 4] })) output.result(line);
  for (const line of instantLines(details)) output.result(line);
  if (record.problems.length === 0) return;
  output.result();
  output.result(style.yellow('Not saved as they were:'));
  for (const { path, message } of record.problems)
    output.result(`  ${escapeName(path)}: ${escapeText(message)}`);
}

/** Of which instants the data is, and what goes together with it. */
function* instantLines({ instants, agreements }: PointDetails): Generator<string> {
  if (instants.length > 0) yield '';
  for (const { component, instants: all } of instants)
    for (const { object, at, position } of all)
      yield `${escapeName(component)}: ${escapeText(object)} is of ${at} (${escapeText(position)})`;
  for (const agreement of agreements) yield describeAgreement(agreement);
}

function describeAgreement({ component, data, seconds, changedFiles }: Agreement): string {
  const both = `${escapeName(component)} and ${escapeName(data)}`;
  if (seconds === 0) return `${both} are of one instant`;
  const files =
    changedFiles === 0 ? '' : `; ${countOf(changedFiles, 'file')} changed after that of ${escapeName(data)}`;
  return `${both} may be ${formatSeconds(seconds)} apart${files}`;
}

function printPath(output: Output, details: PathDetails): void {
  const { point, component, path, livePath, state, children } = details;
  if (output.json) {
    output.document({
      point: pointDocument(point),
      component,
      path,
      livePath,
      state,
      ...(children && { children }),
    });
    return;
  }
  const { style } = output;
  printFields(output, [
    ['Path', style.bold(escapeName(livePath))],
    ['In', escapeName(`${component}:${path}`)],
    ['Point', `${escapeName(point.name)}: ${firstLine(point.message)}`],
    ['Type', state.type.replace('-', ' ')],
    ['Mode', formatMode(state.type, state.mode)],
    ['Owner', `${formatOwner(state)} (${state.userId}:${state.groupId})`],
    ['Modified', `${formatExactTime(state.modified)}  (${state.modified})`],
    ['Size', state.sizeBytes === undefined ? '' : describeSize(state.sizeBytes)],
    ['Target', state.target === undefined ? '' : escapeName(state.target)],
    ['Device', state.device === undefined ? '' : `${state.device.major}, ${state.device.minor}`],
    ['Hard link to', state.link === undefined ? '' : escapeName(state.link)],
    ['Sparse', state.sparse ? 'yes' : ''],
    [
      'Attributes',
      Object.keys(state.xattrs ?? {})
        .map(escapeName)
        .join(' '),
    ],
    ['Id', state.id ?? ''],
  ]);
  if (children === undefined) return;
  output.result();
  const rows = children.map((child) => [
    formatMode(child.state.type, child.state.mode),
    formatOwner(child.state),
    extentOf(child.state),
    formatTime(child.state.modified),
    nameOf(child.name, child.state),
  ]);
  for (const line of layOutTable(rows, { right: [2] })) output.result(line);
}

/** Labels and values, without those that are empty. */
function printFields(output: Output, fields: readonly (readonly [string, string])[]): void {
  const rows = fields
    .filter(([, value]) => value !== '')
    .map(([label, value]) => [output.style.dim(label), value]);
  for (const line of layOutTable(rows)) output.result(line);
}

function describeSize(bytes: number): string {
  return bytes < 1024 ? formatBytes(bytes) : `${formatBytes(bytes)} (${formatCount(bytes)} B)`;
}

function extentOf({ device, sizeBytes }: FileState): string {
  if (device !== undefined) return `${device.major}, ${device.minor}`;
  return sizeBytes === undefined ? '' : formatBytes(sizeBytes);
}

function nameOf(name: string, { type, target }: FileState): string {
  const shown = escapeName(name);
  if (type === 'directory') return `${shown}/`;
  return target === undefined ? shown : `${shown} -> ${escapeName(target)}`;
}
