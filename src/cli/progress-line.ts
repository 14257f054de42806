// One line on a terminal that says how far work has come, how fast it goes and how long it still takes. It is drawn at
// most ten times a second, and gone at the end.
import { formatBytes, formatCount } from './format-bytes.js';
import { formatSeconds } from './format-time.js';
import { cutToWidth } from './text-width.js';

export interface Progress {
  /** What is being done: `Saving etc`. */
  readonly doing: string;
  readonly bytes: number;
  /** Missing where it is not known; then there is no estimate of the time left. */
  readonly totalBytes?: number | undefined;
  readonly files?: number;
  readonly totalFiles?: number | undefined;
  /** Of work of several parts, how much of all is done, and how long that still takes, where it is known. */
  readonly whole?: { readonly percent: number; readonly secondsLeft?: number | undefined };
}

export interface ProgressTerminal {
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
/** The rate is that of so long a time before now. */
const RATE_WINDOW_MS = 5000;
/** Before so long a time, a rate says nothing. */
const RATE_AFTER_MS = 500;

export class ProgressLine {
  private shownAtMs = Number.NEGATIVE_INFINITY;
  private isShown = false;
  private doing = '';
  private readonly samples: { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(
    private readonly terminal: ProgressTerminal,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  update(progress: Progress): void {
    const atMs = this.nowMs();
    if (progress.doing !== this.doing) this.samples.length = 0;
    this.doing = progress.doing;
    if (atMs - this.shownAtMs < REDRAW_MS) return;
    this.shownAtMs = atMs;
    this.samples.push({ atMs, bytes: progress.bytes });
    while (this.samples.length > 2 && this.samples[1].atMs < atMs - RATE_WINDOW_MS) this.samples.shift();
    this.show(this.describe(progress));
  }

  /** Draws `text` as it is. */
  show(text: string): void {
    const cut = cutToWidth(text, Math.max(20, (this.terminal.columns || 80) - 1));
    this.terminal.write(`\r${cut}\x1b[K`);
    this.isShown = true;
  }

  /** Takes the line away; the next update draws it anew. */
  clear(): void {
    if (!this.isShown) return;
    this.terminal.write('\r\x1b[K');
    this.isShown = false;
  }

  private describe(progress: Progress): string {
    const { whole } = progress;
    if (whole === undefined) return this.describePart(progress);
    const filled = Math.floor((whole.percent / 100) * BAR_WIDTH);
    return `[${'#'.repeat(filled).padEnd(BAR_WIDTH, '-')}] ${describeWhole(progress)}`;
  }

  private describePart({ doing, bytes, totalBytes, files }: Progress): string {
    const rate = this.bytesPerSecond();
    const total = totalBytes !== undefined && totalBytes >= bytes ? totalBytes : undefined;
    const parts = [doing];
    if (total !== undefined && total > 0) parts.push(`${Math.floor((bytes / total) * 100)} %`);
    if (files !== undefined) parts.push(`${formatCount(files)} ${files === 1 ? 'file' : 'files'}`);
    parts.push(total === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(total)}`);
    if (rate !== undefined) parts.push(`${formatBytes(rate)}/s`);
    if (rate !== undefined && rate > 0 && total !== undefined)
      parts.push(`${formatSeconds((total - bytes) / rate)} left`);
    return parts.join('  ');
  }

  private bytesPerSecond(): number | undefined {
    const [first, last] = [this.samples[0], this.samples[this.samples.length - 1]];
    const spanMs = last.atMs - first.atMs;
    return spanMs < RATE_AFTER_MS ? undefined : ((last.bytes - first.bytes) / spanMs) * 1000;
  }
}

const BAR_WIDTH = 20;

/** As words, for work of several parts. */
export function describeWhole({ doing, bytes, totalBytes, files = 0, totalFiles, whole }: Progress): string {
  const { percent = 0, secondsLeft } = whole ?? {};
  const parts = [`${Math.floor(percent)} %`, doing];
  const of = (total: string | undefined) => (total === undefined ? '' : ` of ${total}`);
  if (files > 0 || (totalFiles ?? 0) > 0) {
    const total = totalFiles === undefined ? undefined : formatCount(totalFiles);
    parts.push(`${formatCount(files)}${of(total)} ${(totalFiles ?? files) === 1 ? 'file' : 'files'}`);
  }
  if (bytes > 0 || (totalBytes ?? 0) > 0) {
    parts.push(`${formatBytes(bytes)}${of(totalBytes === undefined ? undefined : formatBytes(totalBytes))}`);
  }
  if (secondsLeft !== undefined) parts.push(`${formatSeconds(secondsLeft)} left`);
  return parts.join('  ');
}
