// Reads what a Redis server answers, in RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/): bytes in pieces of any
// length in, replies out. What is not of the protocol, or longer than anything may be, ends it.
import { SavepointError } from '../../store/errors.js';

/** What a server refuses: its first word is a code. */
export class RedisRefusal {
  constructor(readonly text: string) {}

  get word(): string {
    return this.text.split(' ', 1)[0] as string;
  }
}

export type Reply = Buffer | string | number | null | RedisRefusal | readonly Reply[];

const MOST_LINE_BYTES = 64 << 10;
/** Servers hold no longer value either, unless proto-max-bulk-len says so. */
const MOST_VALUE_BYTES = 512 << 20;
const MOST_ITEMS = 1 << 27;
const MOST_DEPTH = 8;
const [RETURN, NEWLINE] = [13, 10];

interface OpenList {
  readonly items: Reply[];
  readonly count: number;
}

export class RespParser {
  private line: Buffer = Buffer.alloc(0);
  private value: { readonly bytes: Buffer; length: number } | undefined;
  private readonly open: OpenList[] = [];

  constructor(private readonly take: (reply: Reply) => void) {}

  /** Bytes of a value may be part of `piece`: they are good as long as that is. Throws STATE_UNREADABLE. */
  feed(piece: Buffer): void {
    let at = 0;
    while (at < piece.length)
      at = this.value === undefined ? this.readLine(piece, at) : this.readValue(piece, at);
  }

  private readValue(piece: Buffer, at: number): number {
    const { value } = this;
    if (value === undefined) throw new Error('savepoint bug: no value is read');
    const taken = piece.copy(value.bytes, value.length, at);
    value.length += taken;
    if (value.length === value.bytes.length) {
      this.value = undefined;
      this.put(withoutEnd(value.bytes));
    }
    return at + taken;
  }

  /** Answers where it has come to. */
  private readLine(piece: Buffer, at: number): number {
    const newline = piece.indexOf(NEWLINE, at);
    const end = newline === -1 ? piece.length : newline + 1;
    const part = piece.subarray(at, end);
    const line = this.line.length === 0 ? part : Buffer.concat([this.line, part]);
    if (line.length > MOST_LINE_BYTES) throw strange('a line without an end');
    this.line = newline === -1 ? Buffer.from(line) : Buffer.alloc(0);
    if (newline === -1) return end;
    // A server that prepares a snapshot says that it is there by empty lines.
    if (line.length === 1) return end;
    return this.begin(line, piece, end);
  }

  private begin(line: Buffer, piece: Buffer, end: number): number {
    if (line[line.length - 2] !== RETURN) throw strange('a line that ends early');
    const text = line.toString('latin1', 1, line.length - 2);
    const type = String.fromCharCode(line[0] as number);
    if (type === '$') return this.beginValue(countOf(text, MOST_VALUE_BYTES), piece, end);
    if (type === '*') this.beginList(countOf(text, MOST_ITEMS));
    else if (type === '+') this.put(text);
    else if (type === '-') this.put(new RedisRefusal(text));
    else if (type === ':' && /^[+-]?[0-9]+$/.test(text)) this.put(Number(text));
    else throw strange('a reply of no known sort');
    return end;
  }

  private beginValue(count: number, piece: Buffer, at: number): number {
    if (count === -1) {
      this.put(null);
      return at;
    }
    const end = at + count + 2;
    if (end > piece.length) {
      this.value = { bytes: Buffer.allocUnsafeSlow(count + 2), length: 0 };
      return at;
    }
    this.put(withoutEnd(piece.subarray(at, end)));
    return end;
  }

  private beginList(count: number): void {
    if (count === -1) this.put(null);
    else if (count === 0) this.put([]);
    else if (this.open.length === MOST_DEPTH) throw strange('lists within lists');
    else this.open.push({ items: [], count });
  }

  private put(reply: Reply): void {
    let done = reply;
    for (let list = this.open.at(-1); list !== undefined; list = this.open.at(-1)) {
      list.items.push(done);
      if (list.items.length < list.count) return;
      this.open.pop();
      done = list.items;
    }
    this.take(done);
  }
}

function withoutEnd(bytes: Buffer): Buffer {
  const length = bytes.length - 2;
  if (bytes[length] !== RETURN || bytes[length + 1] !== NEWLINE) throw strange('a value of another length');
  return bytes.subarray(0, length);
}

function countOf(text: string, most: number): number {
  const count = /^(-1|[0-9]{1,12})$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= most)) throw strange(`a length of '${text.slice(0, 20)}'`);
  return count;
}

function strange(what: string): SavepointError {
  return new SavepointError(
    'STATE_UNREADABLE',
    `what answers is no Redis server, or the connection is disturbed (${what}). See that the address leads to the server itself, and to its TLS port only with rediss://.`,
  );
}
