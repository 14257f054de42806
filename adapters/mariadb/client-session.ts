// A session at a MariaDB server, held by its client: one statement at a time. A statement that fails ends the session, and with
// it the transaction; why, the client says by a number.
import { randomBytes } from 'node:crypto';
import type { StartedProgram } from '../node/start-program.js';
import { writeFully } from '../node/write-fully.js';
import { killGroup } from '../system/run-program.js';
import { SessionStop } from '../system/session-stop.js';
import { decodeText } from './row-text.js';
import type { ServerAccess } from './server-access.js';
import { clientError } from './server-error.js';

const MOST_ERROR_BYTES = 16 << 10;

export interface SessionOptions {
  /** None is in use where it is missing. */
  readonly database?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the session's sql_mode is. */
  readonly mode?: string;
}

export class ClientSession {
  private readonly mark: Buffer;
  private readonly pieces: AsyncIterator<Buffer>;
  private errors = '';
  private isBusy = false;
  private isOver = false;
  private readonly stop: SessionStop;

  private constructor(
    private readonly program: StartedProgram,
    private readonly access: ServerAccess,
    private readonly token: string,
    signal: AbortSignal | undefined,
  ) {
    this.mark = Buffer.from(`${token}\n`);
    // What goes wrong with them shows in what does not come back.
    for (const stream of [program.stdin, program.stdout, program.stderr]) stream.on('error', () => {});
    this.pieces = program.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    program.stderr.on('data', (bytes: Buffer) => {
      this.errors = (this.errors + bytes.toString('utf8')).slice(-MOST_ERROR_BYTES);
    });
    this.stop = new SessionStop({ signal, ended: program.ended, kill: () => this.kill() });
  }

  /** Throws STATE_UNREADABLE where the server can't be reached, PERMISSION_DENIED where it lets nobody in, PROGRAM_MISSING, ABORTED. */
  static async open(access: ServerAccess, options: SessionOptions = {}): Promise<ClientSession> {
    const { database, signal, mode = '' } = options;
    const token = randomBytes(16).toString('hex');
    const started = await access.start([...CLIENT_OPTIONS, `--delimiter=${delimiterOf(token)}`]);
    const session = new ClientSession(started, access, token, signal);
    try {
      await session.run(settingsFor(mode, access.lockWaitSeconds));
      await session.run(OWN_SETTINGS);
      if (database !== undefined) await session.run(`USE \`${database.replaceAll('`', '``')}\``);
    } catch (error) {
      session.kill();
      throw error;
    }
    return session;
  }

  /** Executes one statement whose answer nobody needs. Throws what `clientError` makes of a failure. */
  async run(statement: string): Promise<void> {
    for await (const _ of this.stream(statement));
  }

  /** The rows of one statement, in its order: values as text. */
  async values(statement: string): Promise<(string | null)[][]> {
    const pieces: Buffer[] = [];
    for await (const piece of this.stream(statement)) pieces.push(piece);
    const lines = Buffer.concat(pieces).toString('utf8').split('\n');
    lines.pop();
    return lines.map((line) =>
      line.split('\t').map((value) => (value === 'NULL' ? null : decodeText(value))),
    );
  }

  /** The rows of a SELECT of one column, a JSON object. */
  async rows<T>(select: string): Promise<T[]> {
    return (await this.values(select)).map(([json]) => JSON.parse(json as string) as T);
  }

  /** The only row of such a SELECT. */
  async row<T>(select: string): Promise<T> {
    const [row] = await this.rows<T>(select);
    if (row === undefined) throw new Error(`savepoint bug: no row from ${select}`);
    return row;
  }

  /** What the client prints of a statement: pieces of any length, the caller's to keep. */
  async *stream(statement: string): AsyncGenerator<Buffer> {
    if (this.isBusy) throw new Error('savepoint bug: a session is asked while it answers');
    this.isBusy = true;
    this.errors = '';
    const end = `${delimiterOf(this.token)}\n`;
    const sending = writeFully(this.program.stdin, `${statement}\n${end}SELECT '${this.token}'${end}`);
    try {
      yield* this.untilMark();
      await sending;
      this.isBusy = false;
    } finally {
      // Who leaves in the middle leaves nothing that can be asked again.
      if (this.isBusy) this.kill();
    }
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

  private async *untilMark(): AsyncGenerator<Buffer> {
    let rest = Buffer.alloc(0);
    for (;;) {
      const { done, value } = await this.pieces.next();
      if (done === true) throw await this.lost();
      const bytes = rest.length === 0 ? value : Buffer.concat([rest, value]);
      if (bytes.subarray(-this.mark.length).equals(this.mark)) {
        if (bytes.length > this.mark.length) yield bytes.subarray(0, -this.mark.length);
        return;
      }
      const certain = Math.max(0, bytes.length - this.mark.length);
      if (certain > 0) yield bytes.subarray(0, certain);
      rest = Buffer.from(bytes.subarray(certain));
    }
  }

  private async lost() {
    this.program.stdin.destroy();
    await this.program.ended;
    this.stop.check();
    return clientError(this.errors, this.access);
  }
}

/** The client takes no more than 15 characters. */
function delimiterOf(token: string): string {
  return `;${token.slice(0, 13)};`;
}

const CLIENT_OPTIONS = [
  ...['--batch', '--skip-column-names', '--quick', '--unbuffered', '--skip-reconnect', '--skip-auto-rehash'],
  // Takes no commands of the client's own from what a server has had a hand in; and gives it none of our files.
  ...['--binary-mode', '--skip-local-infile'],
  ...['--default-character-set=utf8mb4', '--max-allowed-packet=1G'],
];

/** So that equal data is equal text, whatever the server or the database is set to. */
function settingsFor(mode: string, lockWaitSeconds: number): string {
  return `SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = '${mode}', autocommit = 1,
    lock_wait_timeout = ${lockWaitSeconds}, innodb_lock_wait_timeout = ${lockWaitSeconds},
    wait_timeout = 86400, net_read_timeout = 600, net_write_timeout = 600, max_sort_length = 4096,
    group_concat_max_len = 4294967295, sql_quote_show_create = 1, sql_select_limit = 18446744073709551615,
    sql_safe_updates = 0`;
}

/** What only one of both has; the other one takes that for a comment. */
const OWN_SETTINGS = `SET @savepoint = 1 /*M! , max_statement_time = 0, idle_transaction_timeout = 0,
  check_constraint_checks = 0 */ /*!80000 , information_schema_stats_expiry = 0 */`;
