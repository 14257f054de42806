// `savepoint stats`: how much the points hold, and what that takes; or which paths or points took it.
import type { Savepoint, StoreStatistics } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { escapeName } from './escape-name.js';
import { countOf, formatBytes, formatCount } from './format-bytes.js';
import { formatTime } from './format-time.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';
import { wholeNumber } from './whole-number.js';
import { withSavepoint } from './with-savepoint.js';

export async function statsCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const isByPath = options.has('by-path');
  const misplaced = ['depth', 'top'].find((name) => options.has(name));
  if (!isByPath && (operands.length > 0 || misplaced !== undefined)) {
    const what = misplaced === undefined ? `'${operands[0]}'` : `--${misplaced}`;
    throw usageError(`${what} needs --by-path.`, { command: 'stats' });
  }
  return withSavepoint(context, async (savepoint) => {
    if (isByPath || options.has('by-point')) return printGrowth(context, savepoint);
    const statistics = await savepoint.stats({ signal: interruption.listen() });
    const { location: store, ...figures } = statistics;
    if (output.json) output.document({ store, ...figures });
    else printStatistics(output, statistics);
    return 'done';
  });
}

/** How many paths people are shown, unless they say so. */
const DEFAULT_TOP = 20;

async function printGrowth(context: CommandContext, savepoint: Savepoint): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const numberOf = (name: string) => {
    const text = options.find(name);
    return text === undefined ? undefined : wholeNumber(text, { flag: `--${name}`, command: 'stats' });
  };
  const [depth, limit = output.json ? undefined : DEFAULT_TOP] = [numberOf('depth'), numberOf('top')];
  const growth = await savepoint.growth({
    paths: operands,
    signal: interruption.listen(),
    ...(depth === undefined ? {} : { depth }),
    ...(limit === undefined ? {} : { limit }),
  });
  const { points, paths, pathCount, ...totals } = growth;
  if (output.json)
    output.document({ ...(options.has('by-path') ? { paths, pathCount } : { points }), ...totals });
  else {
    const { printPaths, printPoints } = await import('./growth-report.js');
    if (options.has('by-path')) printPaths(output, growth);
    else printPoints(output, growth);
  }
  for (const { point, message } of growth.problems)
    output.problem(`savepoint: not all of point ${escapeName(point)} is counted: ${message}`);
  return growth.problems.length > 0 ? 'unsound' : 'done';
}

function printStatistics(output: Output, statistics: StoreStatistics): void {
  const { points, components, latest, packs, missingPacks, stored, objects } = statistics;
  const { style } = output;
  const lost = [
    ...(points.damaged === 0 ? [] : [`${formatCount(points.damaged)} damaged`]),
    ...(missingPacks === 0 ? [] : [`${countOf(missingPacks, 'pack')} missing`]),
  ];
  const kinds = [
    countOf(objects.blob, 'blob'),
    countOf(objects.tree, 'tree'),
    countOf(objects.commit, 'commit'),
    countOf(objects.tag, 'tag'),
  ];
  const rows: [string, string, string][] = [
    ['Store', escapeName(statistics.location), `${statistics.objectFormat} ids`],
    [
      'Points',
      formatCount(points.count),
      latest === undefined ? '' : `latest ${escapeName(latest.name)} of ${formatTime(latest.createdAt)}`,
    ],
    ...(lost.length === 0
      ? []
      : [
          ['Damage', style.red(lost.join(', ')), "see 'savepoint verify'"] satisfies [string, string, string],
        ]),
    ['Components', formatCount(components.length), components.map(escapeName).join(' ')],
    ['Points hold', formatBytes(points.bytes), countOf(points.files, 'file')],
    ['Stored', formatBytes(stored.total), ratios(statistics)],
    ['  contents', formatBytes(stored.data), countOf(packs.data.count, 'pack')],
    ['  metadata', formatBytes(stored.metadata), countOf(packs.metadata.count, 'pack')],
    ['  index', formatBytes(stored.index), ''],
    ['  refs', formatBytes(stored.refs), ''],
    ['  operation log', formatBytes(stored.operations), ''],
    ['  cache', formatBytes(stored.cache), 'may be deleted'],
    [
      'Objects',
      formatCount(objects.total),
      `${kinds.join(', ')}; ${formatCount(objects.chunked)} of them cut into chunks`,
    ],
  ];
  for (const line of layOutTable(rows.map(([label, ...cells]) => [style.dim(label), ...cells])))
    output.result(line);
}

function ratios({ deduplication, compression }: StoreStatistics): string {
  return [
    ...(deduplication === undefined ? [] : [`deduplicated ${deduplication.toFixed(1)}×`]),
    ...(compression === undefined ? [] : [`compressed ${compression.toFixed(1)}×`]),
  ].join(', ');
}
