// Finds out, before anything is decided, whether the user may do what will have to be done: a transaction is queued, where the server
// checks permissions, and given up.
import { MARKER } from './attempt-marker.js';
import type { Command, RedisSession } from './redis-session.js';
import { RedisRefusal } from './resp-parser.js';
import { refusalError } from './server-error.js';

const KEY = MARKER;

/** Of an exchange with `spare`. */
export function exchangeCommands(database: number, spare: number): Command[] {
  const [here, there] = [String(database), String(spare)];
  return [
    ['SWAPDB', here, there],
    ['SELECT', there],
    ['FLUSHDB', 'ASYNC'],
    ['HDEL', KEY, KEY],
    ['UNLINK', KEY],
    ...LOADING,
  ];
}

const LOADING: readonly Command[] = [
  ['SET', KEY, '', 'PXAT', '1'],
  ['RPUSH', KEY, ''],
  ['SADD', KEY, ''],
  ['HSET', KEY, '', ''],
  ['ZADD', KEY, '0', ''],
  ['PEXPIREAT', KEY, '1'],
  ['RESTORE', KEY, '0', ''],
];

/** Of keys that are put back one by one. */
export const CHANGE_COMMANDS: readonly Command[] = [['UNLINK', KEY], ['HDEL', KEY, KEY], ...LOADING];

/** Of functions. */
export const FUNCTION_COMMANDS: readonly Command[] = [
  ['FUNCTION', 'LIST'],
  ['FUNCTION', 'FLUSH'],
  ['FUNCTION', 'LOAD', ''],
];

/** Nothing of it is done. Throws PERMISSION_DENIED, or what else the server refuses. */
export async function requirePermitted(session: RedisSession, commands: readonly Command[]): Promise<void> {
  const replies = await session.exchange([['MULTI'], ...commands, ['DISCARD']]);
  const at = replies.findIndex((reply) => reply instanceof RedisRefusal);
  if (at === -1) return;
  const [name = 'MULTI'] = commands[at - 1] ?? [];
  throw refusalError(replies[at] as RedisRefusal, String(name), session.access.component);
}
