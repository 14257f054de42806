// `savepoint stats`: how much the points hold, and what that takes.
import type { StoreStatistics } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName } from './escape-name.js';
import { countOf, formatBytes, formatCount } from './format-bytes.js';
import { formatTime } from './format-time.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';
import { withSavepoint } from './with-savepoint.js';

export async function statsCommand(context: CommandContext): Promise<Outcome> {
  const { output } = context;
  return withSavepoint(context, async (savepoint) => {
    const statistics = await savepoint.stats();
    const { location: store, ...figures } = statistics;
    if (output.json) output.document({ store, ...figures });
    else printStatistics(output, statistics);
    return 'done';
  });
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
