// A session at a PostgreSQL server, held by psql: one statement at a time, rows as JSON, and the bytes of COPY both ways.
// How a statement ended is asked of psql's own variables, never read from a message.
import { randomBytes } from 'node:crypto';
import { isSavepointError, type SavepointError } from '../../store/errors.js';
import type { StartedProgram } from '../node/start-program.js';
import { writeFully } from '../node/write-fully.js';
import { killGroup } from '../system/run-program.js';
import { SessionStop } from '../system/session-stop.js';
import type { ServerAccess } from './server-access.js';
import { connectionError, sessionLost, statementError } from './server-error.js';

/** What tells the end of a statement's output from data: begins with a byte that is rare in any. */
const MARK_BYTE = 1;
const MOST_ERROR_BYTES = 16 << 10;

export interface PsqlOptions {
  readonly database: string;
  readonly signal?: AbortSignal | undefined;
}

export class PsqlSession {
  private readonly mark = `\u0001${randomBytes(16).toString('hex')}`;
  private readonly pieces: AsyncIterator<Buffer>;
  private rest: Buffer | undefined;
  private errors = '';
  private isBusy = false;
  private isOver = false;
  private readonly stop: SessionStop;

  private constructor(
    private readonly program: StartedProgram,
    private readonly access: ServerAccess,
    signal: AbortSignal | undefined,
    readonly database: string,
  ) {
    // What goes wrong with them shows in what does not come back.
    for (const stream of [program.stdin, program.stdout, program.stderr]) stream.on('error', () => {});
    this.pieces = program.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    program.stderr.on('data', (bytes: Buffer) => {
      this.errors = (this.errors + bytes.toString('utf8')).slice(-MOST_ERROR_BYTES);
    });
    this.stop = new SessionStop({ signal, ended: program.ended, kill: () => this.kill() });
  }

  /** Throws STATE_UNREADABLE where the server can't be reached or lets nobody in, PROGRAM_MISSING, ABORTED. */
  static async open(access: ServerAccess, { database, signal }: PsqlOptions): Promise<PsqlSession> {
    const started = await access.start('psql', { database, options: ['-X', '-A', '-t', '-q'] });
    const session = new PsqlSession(started, access, signal, database);
    try {
      await session.run(SET_ALL);
    } catch (error) {
      session.kill();
      throw isSavepointError(error, 'STATE_UNREADABLE')
        ? await connectionError(access, session.errors)
        : error;
    }
    return session;
  }

  /** Executes one statement that answers nothing. Throws what `statementError` makes of a failure. */
  async run(statement: string): Promise<void> {
    for await (const _ of this.ask(`${statement};\n`));
  }

  /** The rows of one SELECT, in its order. */
  async rows<T>(select: string): Promise<T[]> {
    const pieces: Buffer[] = [];
    for await (const piece of this.ask(`SELECT row_to_json(found) FROM (${select}) AS found;\n`))
      pieces.push(piece);
    const lines = Buffer.concat(pieces).toString('utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
  }

  /** The only row of a SELECT. */
  async row<T>(select: string): Promise<T> {
    const [row] = await this.rows<T>(select);
    if (row === undefined) throw new Error(`savepoint bug: no row from ${select}`);
    return row;
  }

  /** What `COPY … TO STDOUT` gives. Pieces are of any length, and are the caller's to keep. */
  copyOut(statement: string): AsyncGenerator<Buffer> {
    return this.ask(`${statement};\n`);
  }

  /** Gives `rows` to `COPY … FROM STDIN`. Each row ends with a newline. */
  async copyIn(statement: string, rows: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const _ of this.ask(`${statement};\n`, rows));
  }

  /** Commits: whoever wants the work stopped comes too late from here on. Throws ABORTED where they came before. */
  async commit(): Promise<void> {
    this.stop.release();
    await this.run('COMMIT');
  }

  /** Ends it in good order. */
  async close(): Promise<void> {
    this.isOver = true;
    this.program.stdin.end();
    this.program.stdout.resume();
    await this.program.ended;
  }

  /** Answers whether it was not over before. */
  kill(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    killGroup(this.program.pid);
    this.program.stdin.destroy();
    return true;
  }

  private async *ask(script: string, rows?: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    if (this.isBusy) throw new Error('savepoint bug: a session is asked while it answers');
    this.isBusy = true;
    this.errors = '';
    let unsent: { readonly reason: unknown } | undefined;
    const sending = this.send(script, rows).catch((reason: unknown) => {
      // Without the rest nothing comes back: it is over.
      unsent ??= { reason };
      this.kill();
    });
    try {
      yield* this.untilMark();
      const [failed, code, ...message] = (await this.text()).split('\n');
      await sending;
      this.isBusy = false;
      if (failed === 'true') {
        const said = { code: code ?? '', message: message.join('\n').trim(), detail: this.errors.trim() };
        throw statementError(said);
      }
    } catch (error) {
      this.stop.check();
      throw unsent === undefined || !this.isBusy ? error : unsent.reason;
    } finally {
      // Who leaves in the middle leaves nothing that can be asked again.
      if (this.isBusy) this.kill();
    }
  }

  private async send(script: string, rows: AsyncIterable<Uint8Array> | undefined): Promise<void> {
    await this.write(script);
    if (rows !== undefined) {
      for await (const piece of rows) await this.write(piece);
      await this.write('\\.\n');
    }
    const end = `\\echo '${this.mark}'\n`;
    await this.write(
      `${end}\\echo :ERROR\n\\echo :SQLSTATE\n\\if :ERROR\n\\echo :LAST_ERROR_MESSAGE\n\\endif\n${end}`,
    );
  }

  private async write(bytes: string | Uint8Array): Promise<void> {
    const { stdin } = this.program;
    if (stdin.destroyed) throw this.lost();
    await writeFully(stdin, bytes);
  }

  private async text(): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of this.untilMark()) pieces.push(piece);
    return Buffer.concat(pieces).toString('utf8');
  }

  /** What psql prints up to the next mark. Throws STATE_UNREADABLE where it ends before. */
  private async *untilMark(): AsyncGenerator<Buffer> {
    const mark = Buffer.from(`${this.mark}\n`);
    for (;;) {
      const piece = await this.nextPiece();
      const found = findMark(piece, mark);
      if (found === undefined) {
        yield piece;
        continue;
      }
      if (found > 0) yield piece.subarray(0, found);
      const behind = piece.subarray(found);
      if (behind.length < mark.length) {
        // It goes on in the next piece, or was none.
        this.rest = Buffer.concat([behind, await this.readPiece()]);
        if (!this.rest.subarray(0, mark.length).equals(mark.subarray(0, this.rest.length))) {
          const one = this.rest.subarray(0, 1);
          this.rest = this.rest.subarray(1);
          yield one;
        }
        continue;
      }
      this.rest = behind.length === mark.length ? undefined : behind.subarray(mark.length);
      return;
    }
  }

  private async nextPiece(): Promise<Buffer> {
    const { rest } = this;
    this.rest = undefined;
    return rest ?? this.readPiece();
  }

  private async readPiece(): Promise<Buffer> {
    const { done, value } = await this.pieces.next();
    if (done === true) throw this.lost();
    return value;
  }

  private lost(): SavepointError {
    return sessionLost(this.errors.trim(), this.access);
  }
}

/** Where `mark`, or the beginning of it at the very end, stands in `piece`. */
function findMark(piece: Buffer, mark: Buffer): number | undefined {
  for (let at = piece.indexOf(MARK_BYTE); at !== -1; at = piece.indexOf(MARK_BYTE, at + 1)) {
    const end = Math.min(piece.length, at + mark.length);
    if (piece.subarray(at, end).equals(mark.subarray(0, end - at))) return at;
  }
  return undefined;
}

/** So that equal data is equal text, whatever the server, the database or the user is set to; as pg_dump has it. */
const SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  datestyle: 'ISO',
  intervalstyle: 'POSTGRES',
  timezone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  synchronize_seqscans: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  standard_conforming_strings: 'on',
  row_security: 'off',
  search_path: '',
  lock_timeout: '30s',
};

/** In one statement, whose answer is for nobody. */
export const SET_ALL = `DO $$ BEGIN ${Object.entries(SETTINGS)
  .map(([name, value]) => `PERFORM pg_catalog.set_config('${name}', '${value}', false);`)
  .join(' ')} END $$`;
