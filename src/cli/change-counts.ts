// Counts changes as they go by. Directories are not files: they count apart, and one whose time alone differs not at all.
import type { FileChange } from '../index.js';
import { isDirectoryTime } from './change-lines.js';
import { countOf, formatBytes, formatCount } from './format-bytes.js';

/** Part of the JSON output. */
export interface ChangeTotals {
  /** Added, removed, modified, renamed and copied files, and those of another type. */
  readonly files: number;
  readonly added: number;
  readonly removed: number;
  readonly modified: number;
  readonly renamed: number;
  readonly copied: number;
  readonly type: number;
  /** Files of equal content with other attributes. */
  readonly attributes: number;
  /** Directories added, removed, or with other attributes. */
  readonly directories: number;
  /** By how much the sizes of all files together grew. */
  readonly grownBytes: number;
}

export class ChangeCounts {
  private readonly counts = {
    added: 0,
    removed: 0,
    modified: 0,
    renamed: 0,
    copied: 0,
    type: 0,
    attributes: 0,
  };
  private directories = 0;
  private grownBytes = 0;

  add(change: FileChange): void {
    const { kind, before, after } = change;
    if (isDirectoryTime(change)) return;
    const isDirectory = [before, after].every((state) => state === undefined || state.type === 'directory');
    if (isDirectory) this.directories++;
    else this.counts[kind]++;
    this.grownBytes += sizeOf(after) - (kind === 'copied' ? 0 : sizeOf(before));
  }

  /** A file went to somewhere that is not counted here. */
  lose(state: FileChange['before']): void {
    this.grownBytes -= sizeOf(state);
  }

  get totals(): ChangeTotals {
    const { attributes, ...contents } = this.counts;
    const files = Object.values(contents).reduce((sum, count) => sum + count, 0);
    return { files, ...contents, attributes, directories: this.directories, grownBytes: this.grownBytes };
  }
}

/** `3 files changed, 2 modified, 1 added, +1.2 KiB`; the first number is that of the files that changed. */
export function describeTotals(totals: ChangeTotals): string {
  const { files, added, removed, modified, renamed, copied, type, attributes, directories, grownBytes } =
    totals;
  const parts = [
    [modified, 'modified'],
    [added, 'added'],
    [removed, 'removed'],
    [renamed, 'renamed'],
    [copied, 'copied'],
    [type, 'of another type'],
    [attributes, 'with other attributes only'],
    [directories, directories === 1 ? 'directory' : 'directories'],
  ] as const;
  const counted = parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatCount(count)} ${what}`);
  const growth = grownBytes === 0 ? [] : [`${grownBytes > 0 ? '+' : ''}${formatBytes(grownBytes)}`];
  return [`${countOf(files, 'file')} changed`, ...counted, ...growth].join(', ');
}

function sizeOf(state: FileChange['after']): number {
  return state?.type === 'file' ? (state.sizeBytes ?? 0) : 0;
}
