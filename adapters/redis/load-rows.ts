// Writes rows to a Redis server as commands: those of its plain types where rows have their values, RESTORE for all else.

import { PLAIN_TYPES } from './read-keys.js';
import type { Command, RedisSession } from './redis-session.js';
import { decodeRow, splitRows, valuesOf } from './row-text.js';

const COMMANDS_AT_ONCE = 1000;
const BYTES_AT_ONCE = 1 << 20;
const VALUES_A_COMMAND = 1024;

/** Into the session's database, which has none of their keys. */
export async function loadRows(session: RedisSession, rows: AsyncIterable<Uint8Array>): Promise<void> {
  let [commands, bytes]: [Command[], number] = [[], 0];
  for await (const some of splitRows(rows)) {
    for (const line of some) {
      for (const command of commandsOf(line)) {
        commands.push(command);
        bytes += sizeOf(command);
        if (commands.length < COMMANDS_AT_ONCE && bytes < BYTES_AT_ONCE) continue;
        await session.callAll(commands);
        [commands, bytes] = [[], 0];
      }
    }
  }
  await session.callAll(commands);
}

function sizeOf(command: Command): number {
  return command.reduce((sum, each) => sum + each.length, 0);
}

const ADDING: Readonly<Record<string, string>> = { list: 'RPUSH', set: 'SADD', hash: 'HSET', zset: 'ZADD' };

/** What makes the key of a row, where there is none of its name. */
export function* commandsOf(line: Buffer): Generator<Command> {
  const { key, type, expiresAtMs, value } = decodeRow(line);
  const expires = expiresAtMs === undefined ? [] : [String(expiresAtMs)];
  if (!PLAIN_TYPES.has(type)) {
    yield ['RESTORE', key, expires[0] ?? '0', payloadOf(value), 'ABSTTL'];
    return;
  }
  const [word] = [ADDING[type]];
  if (word === undefined) {
    const [text] = valuesOf(value);
    yield ['SET', key, text as Buffer, ...(expires.length === 0 ? [] : ['PXAT', ...expires])];
    return;
  }
  let command: (string | Buffer)[] = [word, key];
  for (const each of valuesOf(value)) {
    if (command.length === 2 + VALUES_A_COMMAND) {
      yield command;
      command = [word, key];
    }
    command.push(each);
  }
  yield command;
  if (expires.length > 0) yield ['PEXPIREAT', key, ...expires];
}

/** As DUMP wrote it. */
export function payloadOf(value: Buffer): Buffer {
  return Buffer.from(value.toString('latin1'), 'base64');
}
