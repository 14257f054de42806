// Where a command speaks: results on stdout, and nothing else there; messages, problems and progress on stderr. A
// reader that goes away ends the program quietly, whatever was still to be said.
import { CommandLineError } from './command-line-error.js';
import { escapeLines } from './escape-name.js';
import { type Progress, ProgressLine } from './progress-line.js';
import { createStyle, type Style, wantsStyle } from './style.js';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly progress: boolean;
}

/** Whoever read stdout reads no more. */
export class OutputClosed extends Error {}

/** Text is handed on in pieces of about this length. */
const BUFFERED_CHARACTERS = 1 << 16;

export class Output {
  readonly json: boolean;
  /** For what goes to stdout. */
  readonly style: Style;
  private readonly quiet: boolean;
  private readonly progressLine: ProgressLine | undefined;
  private buffered = '';
  private failure: Error | undefined;

  constructor(options: OutputOptions) {
    this.json = options.json;
    this.quiet = options.quiet;
    this.style = createStyle(!options.json && wantsStyle(process.stdout, process.env));
    const drawsProgress = options.progress && !options.quiet && process.stderr.isTTY === true;
    this.progressLine =
      drawsProgress && process.env['TERM'] !== 'dumb' ? new ProgressLine(process.stderr) : undefined;
    process.stdout.on('error', (error) => this.fail(error));
    // Nobody is left to be told.
    process.stderr.on('error', () => {});
  }

  /** Whether progress is shown, and so worth working out. */
  get showsProgress(): boolean {
    return this.progressLine !== undefined;
  }

  /** Whether stdout takes no more. */
  get isBroken(): boolean {
    return this.failure !== undefined;
  }

  /** A line of what was asked for. */
  result(line = ''): void {
    this.buffered += `${line}\n`;
    if (this.buffered.length > BUFFERED_CHARACTERS || process.stdout.isTTY) this.passOn();
  }

  /** Lines about what was done, left out where only errors are wanted. */
  report(...lines: readonly string[]): void {
    if (this.quiet) return;
    for (const line of lines) this.result(line);
  }

  /** The one JSON document that a command prints. */
  document(value: unknown): void {
    this.result(JSON.stringify(value, roundSeconds, 2));
  }

  /** One record of a stream of JSON Lines. */
  record(value: unknown): void {
    this.result(JSON.stringify(value));
  }

  /** Bytes as they are. Waits until they are taken. */
  async bytes(content: Uint8Array): Promise<void> {
    await this.flush();
    await this.write(content);
  }

  /** Waits until what is behind is taken. For streams of results: keeps memory bounded. */
  async settle(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (process.stdout.writableNeedDrain) await this.write('');
  }

  /** Something worth knowing, on stderr. */
  message(line: string): void {
    if (!this.quiet) this.problem(line);
  }

  /** Something that went wrong, on stderr. */
  problem(line: string): void {
    this.progressLine?.clear();
    process.stderr.write(`${escapeLines(line)}\n`);
  }

  progress(progress: Progress): void {
    this.progressLine?.update(progress);
  }

  /** What is waited for, as a line that the next one replaces. */
  status(text: string): void {
    this.progressLine?.show(text);
  }

  /** Waits until all is written. Throws OutputClosed where nobody reads it. */
  async flush(): Promise<void> {
    this.progressLine?.clear();
    this.passOn();
    await this.write('');
  }

  /** Hands on what is still kept, without waiting until it is taken. */
  passOn(): void {
    const text = this.buffered;
    this.buffered = '';
    if (text !== '') {
      this.progressLine?.clear();
      process.stdout.write(text);
    }
  }

  private async write(content: Uint8Array | string): Promise<void> {
    if (this.failure === undefined) {
      await new Promise<void>((resolve) =>
        process.stdout.write(content, (error) => {
          if (error) this.fail(error);
          resolve();
        }),
      );
    }
    if (this.failure !== undefined) throw this.failure;
  }

  private fail(error: NodeJS.ErrnoException): void {
    if (error.code === 'EPIPE') this.failure = new OutputClosed();
    else
      this.failure ??= new CommandLineError(
        'STORAGE_FAILED',
        `The output can't be written: ${error.message}.`,
      );
  }
}

/** To the millisecond: more digits say nothing. */
function roundSeconds(key: string, value: unknown): unknown {
  return key === 'seconds' && typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}
