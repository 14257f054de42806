// Reads the keys of a Redis database as rows, in the order of their bytes: their names first, then their values, as many at a time
// as fit into a few megabytes.
import { SavepointError } from '../../store/errors.js';
import { MARKER } from './attempt-marker.js';
import type { Command, RedisSession } from './redis-session.js';
import { RedisRefusal, type Reply } from './resp-parser.js';
import { encodeRow } from './row-text.js';
import { refusalError } from './server-error.js';

/** A key, as bytes are Latin-1, and its row. */
export interface NamedRow {
  readonly name: string;
  /** With its newline. */
  readonly line: Buffer;
  readonly expiresAtMs: number | undefined;
  /** What the server needs for it, about. */
  readonly memoryBytes: number;
}

const SCANNED_AT_ONCE = '2000';
const KEYS_AT_ONCE = 256;
const BYTES_AT_ONCE = 4 << 20;

/** The names of the keys that match one of the patterns, as bytes are Latin-1, in order. */
export async function listKeys(session: RedisSession, patterns?: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns ?? [undefined]) {
    const options = [...(pattern === undefined ? [] : ['MATCH', pattern]), 'COUNT', SCANNED_AT_ONCE];
    let cursor = '0';
    do {
      const [next, names] = (await session.call('SCAN', cursor, ...options)) as [Buffer, Buffer[]];
      for (const name of names) found.push(name.toString('latin1'));
      cursor = next.toString();
    } while (cursor !== '0');
  }
  found.sort();
  // A key may come twice.
  return found.filter((name, at) => name !== found[at - 1] && name !== MARKER);
}

/** The rows of keys, in their order, without those that are gone by now. */
export async function* readKeys(session: RedisSession, names: readonly string[]): AsyncGenerator<NamedRow> {
  const knowsFieldExpiry = await hasCommand(session, 'HPEXPIRETIME');
  for (let at = 0; at < names.length; at += KEYS_AT_ONCE) {
    const looked = await lookAt(session, names.slice(at, at + KEYS_AT_ONCE));
    for (const some of inPortions(looked)) yield* readSome(session, some, knowsFieldExpiry);
  }
}

interface LookedAt extends Pick<NamedRow, 'name' | 'expiresAtMs' | 'memoryBytes'> {
  readonly key: Buffer;
  readonly type: string;
}

async function lookAt(session: RedisSession, names: readonly string[]): Promise<LookedAt[]> {
  const keys = names.map((name) => Buffer.from(name, 'latin1'));
  const replies = await session.callAll(
    keys.flatMap((key): Command[] => [
      ['TYPE', key],
      ['PEXPIRETIME', key],
      ['MEMORY', 'USAGE', key],
    ]),
  );
  return keys.flatMap((key, at) => {
    const [type, expires, memory] = replies.slice(at * 3, at * 3 + 3) as [string, number, number | null];
    if (type === 'none' || memory === null || expires === -2) return [];
    const expiresAtMs = expires === -1 ? undefined : expires;
    return [{ name: names[at] as string, key, type, expiresAtMs, memoryBytes: memory }];
  });
}

function* inPortions(looked: readonly LookedAt[]): Generator<LookedAt[]> {
  let [some, bytes]: [LookedAt[], number] = [[], 0];
  for (const each of looked) {
    if (some.length > 0 && bytes + each.memoryBytes > BYTES_AT_ONCE) {
      yield some;
      [some, bytes] = [[], 0];
    }
    some.push(each);
    bytes += each.memoryBytes;
  }
  if (some.length > 0) yield some;
}

async function* readSome(
  session: RedisSession,
  some: readonly LookedAt[],
  knowsFieldExpiry: boolean,
): AsyncGenerator<NamedRow> {
  const replies = await session.exchange(some.map(({ type, key }) => readerOf(type)(key)));
  for (const [at, each] of some.entries()) {
    const reply = replies[at] as Reply;
    // Where others write, it may be of another type by now.
    const row =
      reply instanceof RedisRefusal && reply.word === 'WRONGTYPE'
        ? await readAgain(session, each.name, knowsFieldExpiry)
        : await rowOf(session, each, { reply, knowsFieldExpiry });
    if (row !== undefined) yield row;
  }
}

async function readAgain(
  session: RedisSession,
  name: string,
  knowsFieldExpiry: boolean,
): Promise<NamedRow | undefined> {
  const [looked] = await lookAt(session, [name]);
  if (looked === undefined) return undefined;
  const [reply] = await session.exchange([readerOf(looked.type)(looked.key)]);
  return rowOf(session, looked, { reply: reply as Reply, knowsFieldExpiry });
}

async function rowOf(
  session: RedisSession,
  { name, key, type, expiresAtMs, memoryBytes }: LookedAt,
  { reply, knowsFieldExpiry }: { readonly reply: Reply; readonly knowsFieldExpiry: boolean },
): Promise<NamedRow | undefined> {
  if (reply instanceof RedisRefusal) {
    const [command = ''] = readerOf(type)(key);
    throw refusalError(reply, String(command), session.access.component);
  }
  const read = valuesOf(type, reply);
  if (read === undefined) return undefined;
  const row = { key, type, expiresAtMs };
  const found = { name, expiresAtMs, memoryBytes };
  if (type === 'hash' && knowsFieldExpiry && (await hasExpiringFields(session, key, read))) {
    const dumped = (await session.call('DUMP', key)) as Buffer | null;
    if (dumped === null) return undefined;
    return { ...found, line: encodeRow({ ...row, type: EXPIRING_HASH, values: [asBase64(dumped)] }) };
  }
  return { ...found, line: encodeRow({ ...row, values: read }) };
}

/** A hash whose fields expire one by one is kept as the server writes it. */
export const EXPIRING_HASH = 'hash-with-expiring-fields';

/** Those whose values rows have; all others are kept as the server writes them. */
export const PLAIN_TYPES: ReadonlySet<string> = new Set(['string', 'list', 'set', 'hash', 'zset']);

function readerOf(type: string): (key: Buffer) => Command {
  return READERS[type] ?? ((key) => ['DUMP', key]);
}

const READERS: Readonly<Record<string, (key: Buffer) => Command>> = {
  string: (key) => ['GET', key],
  list: (key) => ['LRANGE', key, '0', '-1'],
  set: (key) => ['SMEMBERS', key],
  hash: (key) => ['HGETALL', key],
  zset: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
};

/** In an order that the data alone decide; `undefined` where the key is gone. */
function valuesOf(type: string, reply: Reply): Buffer[] | undefined {
  if (reply === null) return undefined;
  if (!PLAIN_TYPES.has(type)) return [asBase64(reply as Buffer)];
  if (type === 'string') return [reply as Buffer];
  const items = reply as Buffer[];
  if (items.length === 0) return undefined;
  if (type === 'set') return [...items].sort(Buffer.compare);
  if (type === 'hash')
    return pairsOf(items)
      .sort(([left], [right]) => Buffer.compare(left, right))
      .flat();
  // By score, and by member where that is the same.
  if (type === 'zset') return pairsOf(items).flatMap(([member, score]) => [exactScore(score), member]);
  return items;
}

function asBase64(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('base64'), 'latin1');
}

function pairsOf(items: readonly Buffer[]): [Buffer, Buffer][] {
  const pairs: [Buffer, Buffer][] = [];
  for (let at = 0; at < items.length; at += 2) pairs.push([items[at] as Buffer, items[at + 1] as Buffer]);
  return pairs;
}

/** Servers write the same number in several ways; this one leads back to it, whichever they choose. */
function exactScore(score: Buffer): Buffer {
  const text = score.toString('latin1');
  if (/inf/i.test(text)) return Buffer.from(text.startsWith('-') ? '-inf' : 'inf');
  const number = Number(text);
  if (Number.isNaN(number)) throw new SavepointError('STATE_UNREADABLE', `a score is no number: '${text}'.`);
  return Buffer.from(Object.is(number, -0) ? '-0' : String(number));
}

async function hasCommand(session: RedisSession, name: string): Promise<boolean> {
  const [reply] = await session.exchange([['COMMAND', 'INFO', name]]);
  return Array.isArray(reply) && reply[0] !== null;
}

async function hasExpiringFields(
  session: RedisSession,
  key: Buffer,
  pairs: readonly Buffer[],
): Promise<boolean> {
  const fields = pairs.filter((_, at) => at % 2 === 0);
  // As a list: there may be more fields than a call takes arguments.
  const [reply] = await session.callAll([['HPEXPIRETIME', key, 'FIELDS', String(fields.length), ...fields]]);
  return Array.isArray(reply) && reply.some((each) => typeof each === 'number' && each >= 0);
}
