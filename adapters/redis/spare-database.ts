// A database of the server that nobody uses, in which new data are made ready and checked, key by key, before anything is decided.
import { SavepointError } from '../../store/errors.js';
import {
  type FoundMarker,
  MARKER,
  type Marker,
  type MarkerOwner,
  markCommand,
  unmarkCommand,
} from './attempt-marker.js';
import { type ComparedRow, compareKeys, namedRows } from './compare-keys.js';
import { loadRows } from './load-rows.js';
import { listKeys, readKeys } from './read-keys.js';
import type { Command, RedisSession } from './redis-session.js';
import { exchangeCommands, requirePermitted } from './require-permitted.js';
import { RedisRefusal } from './resp-parser.js';
import { filledDatabases, readInfo } from './server-info.js';

export interface SpareUse extends MarkerOwner {
  /** The one that the data are for. */
  readonly database: number;
  /** Databases that are empty at most by chance. */
  readonly except: readonly number[];
  /** The rows, as often as they are asked for. */
  readonly rows: () => AsyncIterable<Uint8Array>;
}

/** Where the data are ready; `undefined` where no database is empty. `earlier` is what there is of them already. */
export async function makeReady(
  session: RedisSession,
  use: SpareUse,
  earlier?: FoundMarker,
): Promise<FoundMarker | undefined> {
  const { attempt, component, database, rows } = use;
  const loading: Marker = { attempt, component, database, role: 'loading', keys: 0, lasting: 0 };
  const at = earlier?.at ?? (await claimSpare(session, use, loading));
  if (at === undefined) return undefined;
  await session.call('SELECT', String(at));
  if (earlier !== undefined)
    await session.callAll([['MULTI'], ['FLUSHDB', 'ASYNC'], markCommand(loading), ['EXEC']]);
  await loadRows(session, rows());
  const counted = await requireSameKeys(session, rows());
  const ready: Marker = { ...loading, ...counted, role: 'ready' };
  await session.call(...markCommand(ready));
  return { ...ready, at };
}

/** Servers have so many where nobody says otherwise. */
const DEFAULT_DATABASES = 16;

/** The last one that is empty is least likely to be missed. */
async function claimSpare(
  session: RedisSession,
  { except, database }: SpareUse,
  loading: Marker,
): Promise<number | undefined> {
  const filled = filledDatabases(await readInfo(session));
  for (let at = (await countDatabases(session)) - 1; at >= 0; at--) {
    if (except.includes(at) || filled.includes(at)) continue;
    const [selected] = await session.exchange([['SELECT', String(at)]]);
    if (selected instanceof RedisRefusal) continue;
    await requirePermitted(session, exchangeCommands(database, at));
    await session.call('WATCH', MARKER);
    const isEmpty = (await session.call('DBSIZE')) === 0;
    const replies = await session.callAll([['MULTI'], ...(isEmpty ? [markCommand(loading)] : []), ['EXEC']]);
    if (isEmpty && replies.at(-1) !== null) return at;
  }
  return undefined;
}

async function countDatabases(session: RedisSession): Promise<number> {
  const [reply] = await session.exchange([['CONFIG', 'GET', 'databases']]);
  return Array.isArray(reply) && reply.length === 2 ? Number(reply[1]) : DEFAULT_DATABASES;
}

/** The rows' number. Throws VALIDATION_FAILED where the session's database has other keys than they say. */
export async function requireSameKeys(
  session: RedisSession,
  rows: AsyncIterable<Uint8Array>,
): Promise<Pick<Marker, 'keys' | 'lasting'>> {
  const counted = { keys: 0, lasting: 0 };
  const wanted = counting(namedRows(rows), counted);
  const found = readKeys(session, await listKeys(session));
  for await (const { name } of compareKeys(found, wanted)) {
    throw new SavepointError(
      'VALIDATION_FAILED',
      `the key ${JSON.stringify(name)} is not as the point has it after it was written to a database that nobody uses. See that nobody writes to all databases of the server, and that it evicts no keys (maxmemory-policy).`,
      { fields: { component: session.access.component, key: name } },
    );
  }
  return counted;
}

async function* counting(
  rows: AsyncGenerator<ComparedRow>,
  counted: { keys: number; lasting: number },
): AsyncGenerator<ComparedRow> {
  for await (const row of rows) {
    counted.keys++;
    if (row.expiresAtMs === undefined) counted.lasting++;
    yield row;
  }
}

/** Whether what was made ready is still there: a server that starts anew may know less. */
export async function isStillReady(session: RedisSession, marker: FoundMarker): Promise<boolean> {
  if (marker.role !== 'ready') return false;
  await session.call('SELECT', String(marker.at));
  const keys = Number(await session.call('DBSIZE')) - 1;
  return keys >= marker.lasting && keys <= marker.keys;
}

/**
 * Exchanges what stands beside for what is in use, at once for everybody; `mark` is then said of what was in use. Throws
 * STATE_BUSY where somebody else touches it in the same instant.
 */
export async function exchangeDatabases(
  session: RedisSession,
  beside: FoundMarker,
  mark: Marker,
): Promise<void> {
  const [database, at] = [String(mark.database), String(beside.at)];
  await session.callAll([
    ['SELECT', at],
    ['WATCH', MARKER],
  ]);
  const replies = await session.callAll([
    ...([['MULTI'], ['SWAPDB', database, at], ['SELECT', at], markCommand(mark)] as Command[]),
    ...([['SELECT', database], unmarkCommand(beside), ['EXEC']] as Command[]),
  ]);
  if (replies.at(-1) !== null) return;
  throw new SavepointError(
    'STATE_BUSY',
    `database ${at}, in which the data are ready, is changed by somebody else. Leave it alone, and repeat.`,
    { fields: { component: session.access.component, database: beside.at } },
  );
}
