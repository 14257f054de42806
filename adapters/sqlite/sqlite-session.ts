// A session of the program sqlite3 with one database: statements and commands of the program's own, one after the other. It ends
// at the first error, and what it held is then let go.
import { randomBytes } from 'node:crypto';
import { SavepointError } from '../../store/errors.js';
import { encodeName } from '../../store/names.js';
import { type StartedProgram, startProgram } from '../node/start-program.js';
import { writeFully } from '../node/write-fully.js';
import { killGroup } from '../system/run-program.js';
import { SessionStop } from '../system/session-stop.js';
import { isErrno } from './errno.js';
import { programLost, resultIn, sqliteError, UNSPECIFIC } from './sqlite-error.js';

export interface SqliteAccess {
  readonly component: string;
  /** Of sqlite3; it is looked for in the PATH where this is missing. */
  readonly program: string | undefined;
  readonly busyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Words before those that start it. */
  readonly launcher?: readonly string[];
  /** The database is only read, and stands in no symbolic link's place: what a crash has left there is not tidied up. */
  readonly isReadOnly?: boolean;
}

const MOST_ERROR_BYTES = 16 << 10;
const NEWLINE = 10;

export class SqliteSession {
  private readonly mark = randomBytes(16).toString('hex');
  private readonly pieces: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);
  private errors = '';
  private isOver = false;
  private readonly stop: SessionStop;

  private constructor(
    private readonly program: StartedProgram,
    private readonly access: SqliteAccess,
    readonly file: string,
  ) {
    for (const stream of [program.stdin, program.stdout, program.stderr]) stream.on('error', () => {});
    this.pieces = program.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    program.stderr.on('data', (bytes: Buffer) => {
      this.errors = (this.errors + bytes.toString('utf8')).slice(-MOST_ERROR_BYTES);
    });
    this.stop = new SessionStop({ signal: access.signal, ended: program.ended, kill: () => this.kill() });
  }

  /** Nothing is created where there is no such file. Throws PROGRAM_MISSING. */
  static async open(access: SqliteAccess, file: string): Promise<SqliteSession> {
    const session = new SqliteSession(await start(access, file), access, file);
    await session.command(`.timeout ${access.busyTimeoutMs}`);
    return session;
  }

  /** Executes statements; answers the lines that they print. */
  async run(statements: string): Promise<string[]> {
    return this.gather(`${statements};\n`);
  }

  /** One of the program's own commands. */
  async command(words: string): Promise<void> {
    await this.gather(`${words}\n`);
  }

  /** The rows of a SELECT. */
  async rows<T>(select: string): Promise<T[]> {
    const printed = await this.gather(`.mode json\n${select};\n.mode list\n`);
    return printed.length === 0 ? [] : (JSON.parse(printed.join('\n')) as T[]);
  }

  /** Lines that a SELECT of one column prints, without their ends. None of its values has a line's end in it. */
  lines(select: string): AsyncGenerator<Buffer> {
    return this.ask(`${select};\n`);
  }

  /** Copies the database by the backup API. */
  async backupTo(file: string): Promise<void> {
    await this.command(`.backup --async ${quoteWord(file)}`);
  }

  /** Commits: whoever wants the work stopped comes too late from here on. Throws ABORTED where they came before. */
  async commit(): Promise<void> {
    this.stop.release();
    await this.run('COMMIT');
  }

  /** Ends it in good order. */
  async close(): Promise<void> {
    if (this.isOver) return;
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

  private async gather(script: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of this.ask(script)) lines.push(line.toString('utf8'));
    return lines;
  }

  private async *ask(script: string): AsyncGenerator<Buffer> {
    await writeFully(this.program.stdin, `${script}.print ${this.mark}\n`);
    const mark = Buffer.from(this.mark);
    for (;;) {
      const line = await this.readLine();
      if (line === undefined) throw await this.failure();
      if (line.equals(mark)) return;
      yield line;
    }
  }

  private async readLine(): Promise<Buffer | undefined> {
    const waiting: Buffer[] = [];
    for (;;) {
      const end = this.rest.indexOf(NEWLINE);
      if (end !== -1) {
        const line = Buffer.concat([...waiting, this.rest.subarray(0, end)]);
        this.rest = this.rest.subarray(end + 1);
        return line;
      }
      waiting.push(this.rest);
      const { done, value } = await this.pieces.next();
      if (done === true) return undefined;
      this.rest = value;
    }
  }

  /** What sqlite3 has ended with. */
  private async failure(): Promise<SavepointError> {
    const { exitCode } = await this.program.ended;
    this.isOver = true;
    this.stop.check();
    if (exitCode === undefined || exitCode === 0) return programLost(this.file, this.errors);
    const result = resultIn(this.errors) ?? (await probe(this.access, this.file)) ?? UNSPECIFIC;
    return sqliteError(this.errors, { file: this.file, result });
  }
}

/** The result code that SQLite has for the database now: commands of the program itself do not print any. */
async function probe(access: SqliteAccess, file: string): Promise<number | undefined> {
  const program = await start(access, file);
  program.stdout.resume();
  let said = '';
  program.stderr.on('data', (bytes: Buffer) => (said += bytes.toString('utf8')));
  program.stdin.on('error', () => {});
  program.stdin.end(
    `BEGIN${access.isReadOnly === true ? '' : ' IMMEDIATE'};\nSELECT count(*) FROM sqlite_schema;\nROLLBACK;\n`,
  );
  await program.ended;
  return resultIn(said);
}

/** No file of the user's own is read, and the first error ends it. */
const OPTIONS = ['-batch', '-bail', '-noheader', '-list', '-init', '/dev/null'];

async function start(
  { component, program, launcher = [], isReadOnly = false }: SqliteAccess,
  file: string,
): Promise<StartedProgram> {
  const environment = { ...process.env, LC_ALL: 'C' };
  const place = { environment, session: true, directory: '/', isStreaming: true };
  try {
    const opening = isReadOnly ? ['-nofollow', fileUri(file, 'ro')] : [fileUri(file, 'rw')];
    const [first = '', ...rest] = [...launcher, program ?? 'sqlite3', ...OPTIONS, ...opening];
    return await startProgram(first, rest, place);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EACCES')) throw error;
    throw new SavepointError(
      'PROGRAM_MISSING',
      `There is no ${program ?? 'sqlite3 in the PATH'}, which ${component} is read and put back with. Install it (Debian: sqlite3), or name one that can be run by 'program'.`,
      { fields: { component, program: program ?? 'sqlite3' } },
    );
  }
}

const PLAIN_BYTE = /[A-Za-z0-9/._-]/;

/** By its bytes: not every name is UTF-8. */
function fileUri(file: string, mode: 'ro' | 'rw'): string {
  const escaped = Array.from(encodeName(file), (byte) => {
    const character = String.fromCharCode(byte);
    return PLAIN_BYTE.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  });
  return `file:${escaped.join('')}?mode=${mode}`;
}

/** A word of a command, as the program's own parser takes it. */
export function quoteWord(word: string): string {
  const escaped = word.replaceAll(/["\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);
  return `"${escaped}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
