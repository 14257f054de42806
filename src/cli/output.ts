// Where a command speaks: results on stdout, and nothing else there; messages, problems and progress on stderr. A
// reader that goes away ends the program quietly, whatever was still to be said.
import type { Writable } from 'node:stream';
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
  /** Where results go. */
  private target: Writable = process.stdout;
  /** What is said while a pager has the terminal. */
  private held: string[] | undefined;

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
    const isShown = process.stdout.isTTY && this.held === undefined;
    if (this.buffered.length > BUFFERED_CHARACTERS || isShown) this.passOn();
  }

  /** From now on results go to `pager`, which has the terminal: what else there is to say waits. */
  beginPaging(pager: Writable): void {
    this.target = pager;
    this.held = [];
    pager.on('error', (error) => this.fail(error));
  }

  /** Results go to stdout again. What the pager did not take is forgotten: whoever quits it has seen enough. */
  endPaging(): void {
    const held = this.held ?? [];
    this.target = process.stdout;
    [this.held, this.failure, this.buffered] = [undefined, undefined, ''];
    for (const line of held) this.problem(line);
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
    if (this.target.writableNeedDrain) await this.write('');
  }

  /** Something worth knowing, on stderr. */
  message(line: string): void {
    if (!this.quiet) this.problem(line);
  }

  /** Something that went wrong, on stderr. */
  problem(line: string): void {
    if (this.held !== undefined) {
      this.held.push(line);
      return;
    }
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
      this.target.write(text);
    }
  }

  private async write(content: Uint8Array | string): Promise<void> {
    if (this.failure === undefined) {
      await new Promise<void>((resolve) =>
        this.target.write(content, (error) => {
          if (error) this.fail(error);
          resolve();
        }),
      );
    }
    if (this.failure !== undefined) throw this.failure;
  }

  private fail(error: NodeJS.ErrnoException): void {
    // The pipe to a program that has ended is broken at first, and then destroyed.
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') this.failure = new OutputClosed();
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
