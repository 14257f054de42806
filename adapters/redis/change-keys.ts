// Makes keys of a database in use as rows have them, in one transaction that holds only the keys that differ: readers see all of it,
// or nothing.
import { SavepointError } from '../../store/errors.js';
import { type Marker, markCommand } from './attempt-marker.js';
import { compareKeys, isDue, type KeyDifference, namedRows } from './compare-keys.js';
import { commandsOf } from './load-rows.js';
import { listKeys, readKeys } from './read-keys.js';
import type { Command, RedisSession } from './redis-session.js';
import { RedisRefusal, type Reply } from './resp-parser.js';
import { refusalError } from './server-error.js';

export interface KeyChange {
  /** Of the keys that belong to the component; missing where all do. */
  readonly patterns: readonly string[] | undefined;
  /** As they are to be. */
  readonly rows: AsyncIterable<Uint8Array>;
  /** As they were when the safety point was taken; missing where nobody wants to know of others. */
  readonly before: AsyncIterable<Uint8Array> | undefined;
  /** Is left behind with what was changed. */
  readonly mark: Marker;
}

/** In the session's database. */
export async function changeKeys(session: RedisSession, change: KeyChange): Promise<void> {
  const { patterns, rows, before, mark } = change;
  const found = readKeys(session, await listKeys(session, patterns));
  const commands: Command[] = [];
  const lost = new Map<string, Buffer>();
  for await (const difference of compareKeys(found, namedRows(rows))) {
    commands.push(...changeCommands(difference));
    if (before !== undefined && difference.before !== undefined)
      lost.set(difference.name, difference.before.line);
  }
  if (before !== undefined)
    for await (const { name, line } of namedRows(before)) if (lost.get(name)?.equals(line)) lost.delete(name);
  await inTransaction(session, [...commands, markCommand({ ...mark, keys: lost.size })]);
}

export function changeCommands({ name, before, after }: KeyDifference): Command[] {
  const key = Buffer.from(name, 'latin1');
  return [
    ...(before === undefined ? [] : [['UNLINK', key] as Command]),
    ...(after === undefined || isDue(after) ? [] : commandsOf(after.line.subarray(0, -1))),
  ];
}

/**
 * Does all of it, or nothing. `false` where what was watched has changed. Throws VALIDATION_FAILED where the server refused
 * a command in the midst: it takes nothing back by itself.
 */
export async function inTransaction(session: RedisSession, commands: readonly Command[]): Promise<boolean> {
  const replies = await session.exchange([['MULTI'], ...commands, ['EXEC']]);
  const { component } = session.access;
  const refused = replies.findIndex((reply) => reply instanceof RedisRefusal);
  if (refused !== -1) {
    const [name = 'EXEC'] = commands[refused - 1] ?? [];
    throw refusalError(replies[refused] as RedisRefusal, String(name), component);
  }
  const done = replies.at(-1) as readonly Reply[] | null;
  if (done === null) return false;
  const failed = done.findIndex((reply) => reply instanceof RedisRefusal);
  if (failed === -1) return true;
  const { message } = refusalError(done[failed] as RedisRefusal, String(commands[failed]?.[0]), component);
  throw new SavepointError(
    'VALIDATION_FAILED',
    `some keys were changed and others were not: ${message} Roll back again, or restore the safety point.`,
    { fields: { component } },
  );
}
