// A connection to a Redis server: commands in, replies out, in order. It ends with the first byte that is not of the protocol.
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { checkAborted, SavepointError } from '../../store/errors.js';
import { writeFully } from '../node/write-fully.js';
import type { RedisAddress } from './redis-address.js';
import { RedisRefusal, type Reply, RespParser } from './resp-parser.js';
import { connectionError, connectionLost, refusalError } from './server-error.js';

export interface ServerAccess {
  readonly component: string;
  readonly address: RedisAddress;
  readonly password?: string | undefined;
}

export interface SessionOptions {
  /** That of the address where it is missing. */
  readonly database?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Command = readonly (string | Buffer)[];

const CONNECT_MS = 10_000;
/** A server that says nothing for so long while it is asked something is taken for gone. */
const SILENCE_MS = 300_000;
/** Longer arguments are written as they are, shorter ones together. */
const LONG_ARGUMENT_BYTES = 64 << 10;
const MOST_TEXT_BYTES = 1 << 20;

interface Waiting {
  readonly replies: Reply[];
  readonly count: number;
  readonly resolve: (replies: Reply[]) => void;
  readonly reject: (error: unknown) => void;
}

export class RedisSession {
  private readonly waiting: Waiting[] = [];
  private failure: unknown;
  private parser: RespParser | undefined = new RespParser((reply) => this.answer(reply));

  private constructor(
    readonly socket: Socket,
    readonly access: ServerAccess,
    private readonly signal: AbortSignal | undefined,
  ) {
    socket.on('data', (piece: Buffer) => this.feed(piece));
    socket.on('error', (error) => this.fail(connectionLost(access.component, error)));
    socket.on('close', () => this.fail(connectionLost(access.component)));
    socket.setTimeout(SILENCE_MS, () => {
      if (this.waiting.length > 0 || this.parser === undefined) this.fail(connectionLost(access.component));
    });
    signal?.addEventListener('abort', this.abort);
    if (signal?.aborted === true) this.abort();
  }

  /** Throws PERMISSION_DENIED, STATE_UNREADABLE or STATE_BUSY where nobody is let in. */
  static async open(access: ServerAccess, { database, signal }: SessionOptions = {}): Promise<RedisSession> {
    const session = new RedisSession(await connect(access), access, signal);
    const { user } = access.address;
    const number = database ?? access.address.database;
    try {
      if (access.password !== undefined)
        await session.call('AUTH', ...(user === undefined ? [] : [user]), access.password);
      else if (user !== undefined) await session.call('AUTH', user, '');
      if (number !== 0) await session.call('SELECT', String(number));
      return session;
    } catch (error) {
      session.kill();
      throw error;
    }
  }

  /** The reply to one command. Throws where it is refused. */
  async call(...command: Command): Promise<Reply> {
    const [reply] = await this.callAll([command]);
    return reply as Reply;
  }

  /** The replies to all of them, sent at once. Throws for the first that is refused; the others are done nevertheless. */
  async callAll(commands: readonly Command[]): Promise<Reply[]> {
    const replies = await this.exchange(commands);
    const at = replies.findIndex((reply) => reply instanceof RedisRefusal);
    if (at === -1) return replies;
    throw refusalError(replies[at] as RedisRefusal, nameOf(commands[at] as Command), this.access.component);
  }

  /** The same, with what is refused among the replies. */
  async exchange(commands: readonly Command[]): Promise<Reply[]> {
    if (this.failure !== undefined) throw this.failure;
    if (commands.length === 0) return [];
    const answered = new Promise<Reply[]>((resolve, reject) => {
      this.waiting.push({ replies: [], count: commands.length, resolve, reject });
    });
    answered.catch(() => undefined); // awaited below
    for (const piece of encode(commands)) await writeFully(this.socket, piece);
    return answered;
  }

  /**
   * Does what can't be taken back once it is sent: whoever wants the work stopped meanwhile comes too late for it. Throws
   * ABORTED where they came before.
   */
  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
    checkAborted(this.signal);
    this.signal?.removeEventListener('abort', this.abort);
    try {
      return await work();
    } finally {
      this.signal?.addEventListener('abort', this.abort);
    }
  }

  /** What the server sends from now on is the caller's to read; there is nothing to wait for any more. */
  detach(onBytes: (piece: Buffer) => void, onEnd: (error: unknown) => void): void {
    this.parser = undefined;
    this.feed = onBytes;
    this.fail = onEnd;
    if (this.failure !== undefined) onEnd(this.failure);
  }

  close(): void {
    this.kill();
  }

  kill(): void {
    this.signal?.removeEventListener('abort', this.abort);
    this.socket.destroy();
  }

  private feed(piece: Buffer): void {
    try {
      this.parser?.feed(piece);
    } catch (error) {
      this.fail(error);
    }
  }

  private answer(reply: Reply): void {
    const first = this.waiting[0];
    if (first === undefined) return;
    first.replies.push(reply);
    if (first.replies.length < first.count) return;
    this.waiting.shift();
    first.resolve(first.replies);
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    this.socket.destroy();
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }

  private readonly abort = () =>
    this.fail(
      new SavepointError('ABORTED', 'The work was stopped; nothing that it began counts.', {
        cause: this.signal?.reason,
      }),
    );
}

/** Does `work` in a session of its own. */
export async function inSession<T>(
  access: ServerAccess,
  options: SessionOptions,
  work: (session: RedisSession) => Promise<T>,
): Promise<T> {
  const session = await RedisSession.open(access, options);
  try {
    return await work(session);
  } finally {
    session.close();
  }
}

/** Of a command, and of what it is about where it has parts: what may be in a message. */
function nameOf([name = '', part]: Command): string {
  return ['CONFIG', 'FUNCTION', 'REPLCONF'].includes(String(name)) ? `${name} ${part}` : String(name);
}

function connect({ component, address: { place } }: ServerAccess): Promise<Socket> {
  const name = 'socket' in place ? place.socket : `${place.host}:${place.port}`;
  return new Promise((resolve, reject) => {
    const socket = openSocket(place);
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
      CONNECT_MS,
    );
    const refuse = (error: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(connectionError(component, name, error));
    };
    socket.once('error', refuse);
    const isSecure = 'host' in place && place.isSecure;
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', refuse);
      resolve(socket);
    });
  });
}

function openSocket(place: RedisAddress['place']): Socket {
  if ('socket' in place) return connectPlain({ path: place.socket });
  const { host, port, isSecure } = place;
  if (isSecure) return connectSecure({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) });
  return connectPlain({ host, port, noDelay: true });
}

/** Few pieces, and no copy of what is long. Short arguments are put together as text, each byte a character. */
function* encode(commands: readonly Command[]): Generator<Buffer> {
  let text = '';
  for (const command of commands) {
    text += `*${command.length}\r\n`;
    for (const argument of command) {
      if (argument.length >= LONG_ARGUMENT_BYTES) {
        const bytes = typeof argument === 'string' ? Buffer.from(argument) : argument;
        yield Buffer.from(`${text}$${bytes.length}\r\n`, 'latin1');
        yield bytes;
        text = '\r\n';
      } else {
        const bytes = typeof argument === 'string' ? asBytes(argument) : argument.toString('latin1');
        text += `$${bytes.length}\r\n${bytes}\r\n`;
      }
    }
    if (text.length < MOST_TEXT_BYTES) continue;
    yield Buffer.from(text, 'latin1');
    text = '';
  }
  yield Buffer.from(text, 'latin1');
}

const ASCII = /^[\x00-\x7f]*$/;

function asBytes(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1');
}
