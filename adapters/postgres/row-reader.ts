// A session at a PostgreSQL server that reads rows alone: psql writes them into a pipe whose other end is given to whoever takes
// them, a thread of its own as a rule. Where there are no such pipes, an ordinary session reads them.
import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { isSavepointError } from '../../store/errors.js';
import { CheckSink, SegmentCheck, type SegmentIds } from '../database/row-digest.js';
import type { StartedReader } from '../node/start-program.js';
import { writeFully } from '../node/write-fully.js';
import { type RowSource, readLater, readUntilMark } from '../state/read-rows.js';
import { cutRows } from '../state/row-cutter.js';
import type { CapturedDocument, RowsDocument, SegmentEntry } from '../state/state-adapter.js';
import { killGroup } from '../system/run-program.js';
import { PsqlSession, SET_ALL } from './psql-session.js';
import { quoteText } from './quote.js';
import type { ServerAccess } from './server-access.js';
import { sessionLost, statementError } from './server-error.js';

export interface ReaderOptions {
  readonly database: string;
  /** An exported one; that of each statement where it is missing. */
  readonly snapshot?: string;
  /** The database's own: nothing is converted. */
  readonly encoding: string;
  readonly signal?: AbortSignal | undefined;
}

export interface RowReader {
  /** Documents below `path` for all rows of a statement; answers them in order. */
  read(path: string, what: RowsWanted): AsyncGenerator<CapturedDocument, readonly SegmentEntry[]>;
  /** Whether the rows of a statement are those of consecutive segments. */
  check(statement: string, expected: SegmentIds): Promise<boolean>;
  close(): Promise<void>;
  kill(): void;
}

export interface RowsWanted {
  /** `COPY … TO STDOUT`. */
  readonly statement: string;
  readonly expectedBytes: number;
}

export async function openRowReader(access: ServerAccess, options: ReaderOptions): Promise<RowReader> {
  const started = await access.startReader('psql', {
    database: options.database,
    options: ['-X', '-A', '-t', '-q'],
  });
  return started === undefined ? openSession(access, options) : new PipeReader(access, started, options);
}

function statementsFor({ snapshot, encoding }: ReaderOptions): string[] {
  const isolated = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
  return [
    ...(snapshot === undefined ? [] : [isolated, `SET TRANSACTION SNAPSHOT ${quoteText(snapshot)}`]),
    `SET client_encoding = ${quoteText(encoding)}`,
    "SET work_mem = '64MB'",
  ];
}

const MOST_ERROR_BYTES = 16 << 10;

class PipeReader implements RowReader {
  private readonly mark = `\u0001${randomBytes(16).toString('hex')}`;
  private errors = '';
  private isOver = false;
  private reading = false;

  constructor(
    private readonly access: ServerAccess,
    private readonly program: StartedReader,
    options: ReaderOptions,
  ) {
    for (const stream of [program.stdin, program.stderr]) stream.on('error', () => {});
    program.stderr.on('data', (bytes: Buffer) => {
      this.errors = (this.errors + bytes.toString('utf8')).slice(-MOST_ERROR_BYTES);
    });
    const abort = () => this.kill();
    options.signal?.addEventListener('abort', abort);
    void program.ended.then(() => options.signal?.removeEventListener('abort', abort));
    const settings = [SET_ALL, ...statementsFor(options)];
    program.stdin.write(
      ['\\set ON_ERROR_STOP 1', ...settings.map((each) => `${each};`), '\\unset ON_ERROR_STOP', ''].join(
        '\n',
      ),
    );
  }

  async *read(
    path: string,
    { statement, expectedBytes }: RowsWanted,
  ): AsyncGenerator<CapturedDocument, readonly SegmentEntry[]> {
    const rows = await this.ask(statement);
    const { result, onRead, onFailure } = awaitRows();
    void result.catch(() => undefined).then(() => this.answered());
    yield { path, content: { rows, expectedBytes, onRead, onFailure } };
    const { segments, said } = await result.catch((error: unknown) => this.fail(error));
    this.requireDone(said);
    return segments;
  }

  async check(statement: string, expected: SegmentIds): Promise<boolean> {
    const rows = await this.ask(statement);
    const check = new SegmentCheck(expected);
    try {
      this.requireDone(await readUntilMark(rows, readLater, new CheckSink(check)));
    } catch (error) {
      this.fail(error);
    } finally {
      this.answered();
    }
    return check.isSame;
  }

  private async ask(statement: string): Promise<RowSource> {
    const { stdin, descriptor } = this.program;
    const echo = `\\echo '${this.mark}'\n`;
    const status = '\\echo :ERROR\n\\echo :SQLSTATE\n\\if :ERROR\n\\echo :LAST_ERROR_MESSAGE\n\\endif\n';
    this.errors = '';
    this.reading = true;
    await writeFully(stdin, `${statement};\n${echo}${status}${echo}`);
    return { descriptor, mark: `${this.mark}\n` };
  }

  private answered(): void {
    this.reading = false;
    if (this.isOver) closeSync(this.program.descriptor);
  }

  /** Whoever took the rows may have failed for a reason of his own. */
  private fail(error: unknown): never {
    throw isSavepointError(error, 'STATE_UNREADABLE') ? sessionLost(this.errors.trim(), this.access) : error;
  }

  private requireDone(said: string): void {
    const [failed, code = '', ...message] = said.split('\n');
    if (failed !== 'true') return;
    const word = { code, message: message.join('\n').trim(), detail: this.errors.trim() };
    throw statementError(word);
  }

  async close(): Promise<void> {
    this.program.stdin.end();
    await this.program.ended;
    this.over();
  }

  kill(): void {
    if (this.isOver) return;
    killGroup(this.program.pid);
    this.program.stdin.destroy();
    this.over();
  }

  /** Nobody may get another file under the number of a descriptor that a thread still reads. */
  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (!this.reading) closeSync(this.program.descriptor);
  }
}

type RowsContent = RowsDocument['content'];

/** What somebody else reads. */
function awaitRows() {
  let onRead: RowsContent['onRead'] = () => {};
  let onFailure: RowsContent['onFailure'] = () => {};
  const result = new Promise<Parameters<RowsContent['onRead']>[0]>((resolve, reject) => {
    onRead = resolve;
    onFailure = reject;
  });
  return { result, onRead, onFailure };
}

async function openSession(access: ServerAccess, options: ReaderOptions): Promise<RowReader> {
  const { database, signal } = options;
  const session = await PsqlSession.open(access, { database, signal });
  for (const statement of statementsFor(options)) await session.run(statement);
  return {
    async *read(path, { statement }) {
      const order: SegmentEntry[] = [];
      for await (const { content, ...entry } of cutRows(session.copyOut(statement))) {
        order.push(entry);
        yield { path: `${path}/${entry.name}`, content };
      }
      return order;
    },
    async check(statement, expected) {
      const check = new SegmentCheck(expected);
      for await (const piece of session.copyOut(statement)) check.add(piece);
      return check.isSame;
    },
    close: () => session.close(),
    kill: () => session.kill(),
  };
}
