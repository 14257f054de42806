// Fetches a snapshot of a Redis server's data, of one instant, as a replica does (PSYNC): the server forks for it, and nobody waits.
// https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
import { SavepointError } from '../../store/errors.js';
import { RedisSession, type ServerAccess } from './redis-session.js';
import { RedisRefusal } from './resp-parser.js';
import { refusalError } from './server-error.js';
import { writePieces } from './write-pieces.js';

/** Of which instant a snapshot is. */
export interface SnapshotInstant {
  /** The history that offsets are counted in. */
  readonly replicationId: string;
  /** Bytes of it that had been written. */
  readonly offset: number;
  /** Of the format of the snapshot, which tells what values the server takes. */
  readonly rdbVersion: number;
}

const MOST_LINE_BYTES = 1024;
const NEWLINE = 10;

/** Writes it to a new file. Throws PERMISSION_DENIED where the user may not. */
export async function fetchSnapshot(
  access: ServerAccess,
  file: string,
  signal: AbortSignal | undefined,
): Promise<SnapshotInstant> {
  const session = await RedisSession.open(access, { database: 0, signal });
  try {
    const isDirect = !(await writesDown(session));
    // So that the server keeps no stream of commands for us. Those that may not say so are served nevertheless.
    await session.exchange([
      ['REPLCONF', 'rdb-only', '1'],
      ...(isDirect ? [['REPLCONF', 'capa', 'eof']] : []),
    ]);
    const bytes = new ByteQueue(session);
    session.socket.write('*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n');
    const [, replicationId, offset] = await readStart(bytes, access.component);
    const header = await readLine(bytes, access.component);
    const [, length, mark] = /^\$(?:([0-9]{1,15})|EOF:(.{40}))$/s.exec(header) ?? [];
    if (length === undefined && mark === undefined) throw refused(header, access.component);
    const pieces =
      mark === undefined ? counted(bytes, Number(length)) : untilMark(bytes, Buffer.from(mark, 'latin1'));
    const start = { bytes: Buffer.alloc(0) };
    await writePieces(file, remembering(pieces, start));
    return {
      replicationId: String(replicationId),
      offset: Number(offset),
      rdbVersion: versionOf(start.bytes),
    };
  } finally {
    session.close();
  }
}

/**
 * Whether it writes its data down anyway. Then it may do so for us, at once; it would find them after a restart where it is
 * to know nothing by then, and so sends them directly, after waiting for other replicas (repl-diskless-sync-delay).
 */
async function writesDown(session: RedisSession): Promise<boolean> {
  const replies = await session.exchange([
    ['CONFIG', 'GET', 'save'],
    ['CONFIG', 'GET', 'appendonly'],
  ]);
  const [save = '', appendOnly = ''] = replies.map((reply) => (Array.isArray(reply) ? String(reply[1]) : ''));
  return save !== '' || appendOnly === 'yes';
}

async function readStart(bytes: ByteQueue, component: string): Promise<readonly string[]> {
  const words = (await readLine(bytes, component)).split(' ');
  if (words[0] === '+FULLRESYNC' && words.length >= 3) return words;
  throw refused(words.join(' '), component);
}

/** The next that is not empty: a server that is busy says so by empty lines. */
async function readLine(bytes: ByteQueue, component: string): Promise<string> {
  for (;;) {
    const line = (await bytes.until(NEWLINE, MOST_LINE_BYTES)).toString('latin1').trim();
    if (line.startsWith('-')) throw syncError(new RedisRefusal(line.slice(1)), component);
    if (line !== '') return line;
  }
}

function syncError(refusal: RedisRefusal, component: string): SavepointError {
  const error = refusalError(refusal, 'PSYNC', component);
  if (refusal.word !== 'NOPERM') return error;
  return new SavepointError(
    'PERMISSION_DENIED',
    "the server lets the user fetch no snapshot of its data (PSYNC). Grant that: ACL SETUSER NAME +psync +replconf +info, or name another user in 'url'.",
    { fields: error.fields, cause: error },
  );
}

function refused(said: string, component: string): SavepointError {
  return new SavepointError(
    'STATE_REFUSED',
    `the server gives no snapshot of its data ('${said.slice(0, 40)}'). See its log, and whether its disk has room for one (INFO persistence).`,
    { fields: { component } },
  );
}

async function* counted(bytes: ByteQueue, count: number): AsyncGenerator<Buffer> {
  for (let left = count; left > 0; ) {
    const piece = await bytes.some(left);
    left -= piece.length;
    yield piece;
  }
}

/** All up to a mark, with which the bytes end. */
async function* untilMark(bytes: ByteQueue, mark: Buffer): AsyncGenerator<Buffer> {
  let tail = Buffer.alloc(0);
  while (!tail.equals(mark)) {
    const all = Buffer.concat([tail, await bytes.some(MOST_PIECE_BYTES)]);
    const end = Math.max(0, all.length - mark.length);
    if (end > 0) yield all.subarray(0, end);
    tail = all.subarray(end);
  }
}

const MOST_PIECE_BYTES = 1 << 20;

const MAGIC_BYTES = 9;

/** Passes pieces on, and puts what the first of them begin with into `start`. */
async function* remembering(
  pieces: AsyncGenerator<Buffer>,
  start: { bytes: Buffer },
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    if (start.bytes.length < MAGIC_BYTES)
      start.bytes = Buffer.concat([start.bytes, piece.subarray(0, MAGIC_BYTES)]);
    yield piece;
  }
}

function versionOf(magic: Buffer): number {
  return Number(magic.toString('latin1', 5, MAGIC_BYTES));
}

/** Bytes as a connection brings them, no more than are asked for. */
class ByteQueue {
  private waiting: Buffer[] = [];
  private failure: unknown;
  private wake: () => void = () => undefined;

  constructor(private readonly session: RedisSession) {
    session.detach(
      (piece) => {
        this.waiting.push(piece);
        session.socket.pause();
        this.wake();
      },
      (error) => {
        this.failure ??= error;
        session.socket.destroy();
        this.wake();
      },
    );
  }

  /** At least one byte, at most `most`. */
  async some(most: number): Promise<Buffer> {
    const piece = await this.next();
    if (piece.length > most) this.waiting.unshift(piece.subarray(most));
    return piece.subarray(0, most);
  }

  /** All up to `byte`, which is the last one. */
  async until(byte: number, most: number): Promise<Buffer> {
    let all = Buffer.alloc(0);
    while (all.length < most) {
      const piece = await this.next();
      const at = piece.indexOf(byte) + 1;
      if (at > 0 && at < piece.length) this.waiting.unshift(piece.subarray(at));
      all = Buffer.concat([all, at > 0 ? piece.subarray(0, at) : piece]);
      if (at > 0) return all;
    }
    return all;
  }

  private async next(): Promise<Buffer> {
    while (this.waiting.length === 0) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        this.session.socket.resume();
      });
    }
    return this.waiting.shift() as Buffer;
  }
}
