// What `diff --dirstat` prints: totals of each component, and of its directories down to a depth. They are counted as
// changes go by, so they cost what the comparison costs; a directory's totals have all that is below it.
import type { FileChange } from '../index.js';
import { ChangeCounts, describeTotals } from './change-counts.js';
import { isDirectoryTime } from './change-lines.js';
import { escapeName } from './escape-name.js';
import { formatBytes, formatCount } from './format-bytes.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';
import type { ShownProblem } from './report-problems.js';

export const DEFAULT_DEPTH = 2;

interface Counted {
  readonly component: string;
  /** Relative to the component's root; '' for the component. */
  readonly path: string;
  readonly livePath: string;
  readonly counts: ChangeCounts;
}

export class DirectoryTotals {
  private readonly all = new ChangeCounts();
  private readonly counted = new Map<string, Counted>();

  constructor(
    private readonly output: Output,
    private readonly depth: number,
  ) {}

  add(change: FileChange): void {
    if (isDirectoryTime(change)) return;
    this.all.add(change);
    const { path, oldPath, before, ...rest } = change;
    const state = before === undefined ? {} : { before };
    for (const directory of this.directoriesOf(change, path)) {
      // What came from elsewhere is all new here.
      const isInside = oldPath === undefined || isWithin(oldPath, directory);
      this.countsOf(change, directory).add({ path, ...rest, ...(isInside ? state : {}) });
    }
    if (oldPath === undefined || change.kind === 'copied') return;
    for (const directory of this.directoriesOf(change, oldPath)) {
      if (!isWithin(path, directory)) this.countsOf(change, directory).lose(before);
    }
  }

  print(problems: readonly ShownProblem[]): void {
    const rows = [...this.counted.values()].sort(compareRows);
    if (this.output.json) {
      this.output.document({ ...this.all.totals, components: componentsOf(rows), problems });
      return;
    }
    const { style } = this.output;
    const heading = ['', 'modified', 'added', 'removed', 'renamed', 'grown by'].map(style.dim);
    const lines = rows.map(({ livePath, path, counts }) => {
      const { modified, added, removed, renamed, grownBytes } = counts.totals;
      const name = `${'  '.repeat(path === '' ? 0 : path.split('/').length)}${escapeName(livePath)}`;
      return [name, ...[modified, added, removed, renamed].map(formatCount), formatBytes(grownBytes)];
    });
    if (lines.length > 0) {
      for (const line of layOutTable([heading, ...lines], { right: [1, 2, 3, 4, 5] }))
        this.output.result(line);
    }
    this.output.result(`${describeTotals(this.all.totals)}`);
  }

  /** The directories down to the depth that `path` is in, or is. */
  private directoriesOf({ before, after }: FileChange, path: string): string[] {
    const names = path === '' ? [] : path.split('/');
    const isDirectory = (after ?? before)?.type === 'directory';
    const deepest = Math.min(this.depth, Math.max(0, names.length - (isDirectory ? 0 : 1)));
    return Array.from({ length: deepest + 1 }, (_, depth) => names.slice(0, depth).join('/'));
  }

  private countsOf(change: FileChange, path: string): ChangeCounts {
    const { component } = change;
    const key = `${component}\0${path}`;
    const known = this.counted.get(key);
    if (known !== undefined) return known.counts;
    const counts = new ChangeCounts();
    this.counted.set(key, { component, path, livePath: livePathAt(change, path), counts });
    return counts;
  }
}

/** Components as they came, and a directory before what is in it. */
function compareRows(left: Counted, right: Counted): number {
  if (left.component !== right.component) return 0;
  const [one, other] = [left, right].map(({ path }) => path.replaceAll('/', '\0'));
  return one < other ? -1 : 1;
}

/** The live path of a directory that `change` is in, or that its file comes from. */
function livePathAt(change: FileChange, path: string): string {
  const isInside = isWithin(change.path, path);
  const below = isInside ? change.path : (change.oldPath ?? '');
  const livePath = isInside ? change.livePath : (change.oldLivePath ?? '');
  if (below === path) return livePath;
  const end = livePath.length - (below.length - path.length);
  return livePath.slice(0, end).replace(/(?<=.)\/$/, '');
}

function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}

/** Part of the JSON output: a component's own totals, and those of its directories. */
function componentsOf(rows: readonly Counted[]): unknown[] {
  return rows
    .filter(({ path }) => path === '')
    .map(({ component, livePath, counts }) => ({
      ...{ component, livePath, ...counts.totals },
      subdirectories: rows
        .filter((row) => row.component === component && row.path !== '')
        .map((row) => ({ path: row.path, livePath: row.livePath, ...row.counts.totals })),
    }));
}
