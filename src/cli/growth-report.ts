// What `stats --by-path` and `stats --by-point` print: what made the store grow.
import type { PathGrowth, PointGrowth, StoreGrowth } from '../index.js';
import { escapeName } from './escape-name.js';
import { countOf, formatBytes, formatCount } from './format-bytes.js';
import { formatTime } from './format-time.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';

/** The largest paths, and how many others there are. */
export function printPaths(output: Output, growth: StoreGrowth): void {
  const { paths, pathCount, storedBytes } = growth;
  const heading = ['STORED', 'SHARE', 'VERSIONS', 'POINTS', 'LAST GROWN', 'PATH'];
  const rows = paths.map((row) => describePath(row, storedBytes));
  printTable(output, [heading, ...rows], [0, 1, 2, 3]);
  const others = pathCount - paths.length;
  if (others > 0) output.result(`… and ${countOf(others, 'path')} more; --top ${pathCount} shows all.`);
  output.result(describeTotals(growth));
}

function describePath(row: PathGrowth, totalBytes: number): string[] {
  const { storedBytes, versions, growths, lastGrowth, livePath, type } = row;
  return [
    formatBytes(storedBytes),
    `${((100 * storedBytes) / Math.max(1, totalBytes)).toFixed(1)} %`,
    formatCount(versions),
    formatCount(growths),
    lastGrowth === undefined
      ? 'never'
      : `${formatTime(lastGrowth.createdAt)} ${escapeName(lastGrowth.point)}`,
    escapeName(type === 'directory' ? livePath.replace(/\/?$/, '/') : livePath),
  ];
}

/** Every point, oldest first. */
export function printPoints(output: Output, growth: StoreGrowth): void {
  const heading = ['STORED', 'CONTENTS', 'METADATA', 'VERSIONS', 'TIME', 'POINT'];
  printTable(output, [heading, ...growth.points.map(describePoint)], [0, 1, 2, 3]);
  output.result(describeTotals(growth));
}

function describePoint({ point, createdAt, safety, ...added }: PointGrowth): string[] {
  const { storedBytes, metadataBytes, versions } = added;
  return [
    formatBytes(storedBytes),
    formatBytes(storedBytes - metadataBytes),
    formatBytes(metadataBytes),
    formatCount(versions),
    formatTime(createdAt),
    `${escapeName(point)}${safety === true ? ' (before a rollback)' : ''}`,
  ];
}

function printTable(output: Output, rows: readonly (readonly string[])[], right: readonly number[]): void {
  const [heading, ...lines] = layOutTable(rows, { right });
  output.result(output.style.dim(heading));
  for (const line of lines) output.result(line);
}

function describeTotals({ points, storedBytes, packBytes }: StoreGrowth): string {
  const rest = formatBytes(Math.max(0, packBytes - storedBytes));
  return `${formatBytes(storedBytes)} in ${countOf(points.length, 'point')}; besides, ${rest} of tables, and of points that are gone.`;
}
