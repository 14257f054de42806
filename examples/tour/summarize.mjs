// The end of the tour: what it did, in figures. Times are those of whole commands, the start of the program included.

/**
 * @param {{
 *   terminal: import('./terminal.mjs').Terminal,
 *   first: { component: { files: number, directories: number, bytes: number }, stored: number, seconds: number },
 *   statistics: { points: { count: number, bytes: number }, stored: { total: number, cache: number } },
 *   seconds: { unchanged: number, changed: number, all: number },
 * }} tour
 */
export function summarize({ terminal, first, statistics, seconds }) {
  const { points, stored } = statistics;
  const { files, directories, bytes } = first.component;
  const taken = stored.total - stored.cache;
  const rows = [
    ['/etc', `${count(files)} files in ${count(directories)} directories, ${size(bytes)}`],
    ['stored', `${size(first.stored)}, ${ratio({ bytes, stored: first.stored })}`],
    [
      `all ${points.count} points`,
      `hold ${size(points.bytes)}, stored in ${size(taken)}, ${ratio({ ...points, stored: taken })}`,
    ],
    ['first save', time(first.seconds)],
    ['unchanged save', time(seconds.unchanged)],
    ['restore of 4 changes', time(seconds.changed)],
    ['restore of all', time(seconds.all)],
    ['checks', `${terminal.checks} of ${terminal.checks} passed`],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  terminal.say('All as it must be. In figures:');
  for (const [label, figure] of rows) process.stdout.write(`  ${label.padEnd(width)}  ${figure}\n`);
}

/** @param {{ bytes: number, stored: number }} amounts */
function ratio({ bytes, stored }) {
  return `${((100 * stored) / Math.max(bytes, 1)).toFixed(0)} % of that`;
}

/** @param {number} number */
function count(number) {
  return number.toLocaleString('en');
}

/** @param {number} bytes */
function size(bytes) {
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

/** @param {number} seconds */
function time(seconds) {
  return `${seconds.toFixed(2)} s`;
}
