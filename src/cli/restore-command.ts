// `savepoint restore`: puts files of a point back, or shows what that would do.
import type { RestoredComponent, RestoreOptions, RestoreResult, Savepoint, Stoppable } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { pathBelow, pointDocument } from './describe-point.js';
import { escapeName } from './escape-name.js';
import { countOf, formatBytes, formatCount } from './format-bytes.js';
import { formatSeconds } from './format-time.js';
import type { Output } from './output.js';
import { planTree } from './plan-tree.js';
import { reportLostXattrs } from './report-lacks.js';
import { reportProblems } from './report-problems.js';
import { spareMemory } from './spare-memory.js';
import { describeDifference, differenceLines } from './table-lines.js';
import { withSavepoint } from './with-savepoint.js';

export async function restoreCommand(context: CommandContext): Promise<Outcome> {
  spareMemory();
  const { operands, options, output, interruption } = context;
  const [point, ...paths] = operands;
  const to = options.find('to');
  const signal = interruption.listen();
  const settings: RestoreOptions = {
    paths,
    command: ['restore', ...operands, ...(to === undefined ? [] : ['--to', to])],
    ...(to === undefined ? {} : { to }),
    dryRun: options.has('dry-run'),
    delete: options.has('delete'),
    signal,
    ...(output.showsProgress && {
      onProgress: ({ bytes, totalBytes }) => output.progress({ doing: 'Restoring', bytes, totalBytes }),
    }),
  };
  return withSavepoint(context, async (savepoint) => {
    const [path] = paths;
    const as = options.find('as');
    if (as !== undefined) return restoreBeside(context, savepoint, { point, paths, name: as, signal });
    if (to === undefined && paths.length === 1 && (await savepoint.tables.has(point, path)))
      return restoreTable(context, savepoint, { point, path, signal });
    const result = await savepoint.restore(point, settings);
    printResult(output, result);
    reportNoWayBack(output, result, to);
    for (const { component, isData } of result.components.filter(({ filesOnly }) => filesOnly === true)) {
      const asked = isData === true ? ' --with-data' : '';
      output.problem(
        `savepoint: of ${escapeName(component)} only files were looked at; 'savepoint rollback ${escapeName(point)} --component ${escapeName(component)}${asked}' puts back the rest`,
      );
    }
    reportLostXattrs(output, result);
    const problems = result.components.flatMap(({ root, problems }) =>
      problems.map(({ path, message }) => ({ path: pathBelow(root, path), message })),
    );
    reportProblems(
      output,
      `${countOf(problems.length, 'file')} could not be restored as they were:`,
      problems,
    );
    return problems.length === 0 ? 'done' : 'incomplete';
  });
}

async function restoreBeside(
  { options, output }: CommandContext,
  savepoint: Savepoint,
  {
    point,
    paths,
    name,
    signal,
  }: { readonly point: string; readonly paths: readonly string[]; readonly name: string } & Stoppable,
): Promise<Outcome> {
  const misplaced = ['to', 'dry-run', 'delete'].find((each) => options.has(each));
  const [path] = paths;
  if (misplaced !== undefined)
    throw usageError(`--as and --${misplaced} exclude each other.`, { command: 'restore' });
  if (path === undefined || paths.length > 1)
    throw usageError('--as takes one database: COMPONENT, or COMPONENT:DATABASE.', { command: 'restore' });
  const started = performance.now();
  await savepoint.restoreBeside(point, path, name, { signal });
  const seconds = (performance.now() - started) / 1000;
  if (output.json) output.document({ point, path, as: name, seconds });
  else
    output.report(
      `Restored ${escapeName(path)} of ${escapeName(point)} as ${escapeName(name)}; ${formatSeconds(seconds)}`,
    );
  return 'done';
}

async function restoreTable(
  { operands, options, output }: CommandContext,
  savepoint: Savepoint,
  { point, path, signal }: { readonly point: string; readonly path: string } & Stoppable,
): Promise<Outcome> {
  const dryRun = options.has('dry-run');
  const command = ['restore', ...operands];
  const difference = await savepoint.tables.restore(point, path, { dryRun, command, signal });
  if (output.json) output.document({ point, path, dryRun, ...difference });
  else {
    if (dryRun) for (const line of differenceLines(difference, output.style)) output.result(line);
    const done = dryRun ? 'would be restored' : 'is restored';
    output.result(`${escapeName(path)} ${done}: ${describeDifference(difference)}`);
  }
  return 'done';
}

interface Counts {
  created: number;
  replaced: number;
  attributes: number;
  removed: number;
  kept: number;
}

const COUNTED = {
  create: 'created',
  replace: 'replaced',
  attributes: 'attributes',
  remove: 'removed',
} as const;

function countsOf(components: readonly RestoredComponent[]): Counts {
  const counts: Counts = { created: 0, replaced: 0, attributes: 0, removed: 0, kept: 0 };
  for (const { steps, kept } of components) {
    for (const step of steps) counts[COUNTED[step.do]]++;
    counts.kept += kept.length;
  }
  return counts;
}

function printResult(output: Output, result: RestoreResult): void {
  const { point, dryRun, components, keys, seconds, safety, withoutXattrs } = result;
  if (output.json) {
    output.document({
      ...{ point: pointDocument(point), dryRun, counts: countsOf(components) },
      components: components.map((component) => componentDocument(component, dryRun)),
      ...(keys.length === 0 ? {} : { keys }),
      ...(safety === undefined ? {} : { safety }),
      ...(withoutXattrs === undefined ? {} : { withoutXattrs }),
      seconds,
    });
    return;
  }
  for (const { livePath, key, changed } of keys) {
    const name = escapeName(`${livePath}#${key}`);
    const done = dryRun ? 'would be restored' : 'is restored';
    output.result(changed ? `${name} ${done}` : `${name} is as the point has it`);
  }
  const undo = safety === undefined ? '' : `; 'savepoint undo' goes back to ${escapeName(safety.name)}`;
  if (components.length === 0) {
    if (undo !== '') output.report(`Done in ${formatSeconds(seconds)}${undo}`);
    return;
  }
  const counts = countsOf(components);
  const bytes = components.reduce((sum, component) => sum + component.bytes, 0);
  const summary = describeCounts(counts, bytes);
  if (dryRun) {
    for (const component of components)
      for (const line of planTree(component, output.style)) output.result(line);
    output.result(
      `Point ${output.style.bold(escapeName(point.name))} would be restored: ${summary}. Nothing has been changed.`,
    );
    return;
  }
  const roots = components.map(({ root }) => escapeName(root)).join(', ');
  output.report(
    `Restored point ${output.style.bold(escapeName(point.name))} to ${roots}: ${summary}; ${formatSeconds(seconds)}${undo}`,
  );
}

/** What was in place before is lost where the store takes nothing. */
function reportNoWayBack(output: Output, result: RestoreResult, to: string | undefined): void {
  const { dryRun, components, keys, safety } = result;
  if (dryRun || to !== undefined || safety !== undefined) return;
  const overwritten = components.flatMap(({ steps }) => steps.filter((step) => step.do !== 'create'));
  if (overwritten.length > 0 || keys.some(({ changed }) => changed))
    output.problem(
      "savepoint: what was there before is in no point, as the store takes nothing now: 'savepoint undo' can't bring it back",
    );
}

function componentDocument(
  { component, root, steps, kept, problems, bytes, filesOnly }: RestoredComponent,
  dryRun: boolean,
) {
  const counts = countsOf([{ component, root, steps, kept, problems, bytes }]);
  const plan = steps.map((step) => ({
    do: step.do,
    path: step.path,
    type: step.do === 'remove' ? step.type : step.attributes.type,
    ...('sizeBytes' in step ? { sizeBytes: step.sizeBytes } : {}),
  }));
  const part = filesOnly === undefined ? {} : { filesOnly };
  return { component, root, counts, bytes, problems, ...part, ...(dryRun ? { steps: plan, kept } : {}) };
}

function describeCounts({ created, replaced, attributes, removed, kept }: Counts, bytes: number): string {
  if (created + replaced + attributes + removed === 0) return `nothing differs${keptNote(kept)}`;
  const parts = [
    ...(created > 0 ? [`${formatCount(created)} created`] : []),
    ...(replaced > 0 ? [`${formatCount(replaced)} replaced`] : []),
    ...(attributes > 0 ? [`${formatCount(attributes)} re-attributed`] : []),
    ...(removed > 0 ? [`${formatCount(removed)} removed`] : []),
    ...(bytes > 0 ? [formatBytes(bytes)] : []),
  ];
  return `${parts.join(', ')}${keptNote(kept)}`;
}

function keptNote(kept: number): string {
  return kept === 0 ? '' : `; ${formatCount(kept)} kept that the point does not have (--delete removes them)`;
}
