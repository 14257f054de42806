// Makes ready what a rollback of a Redis server needs: where all keys of a database go back, new data in a spare one, checked key by
// key; else rows that a server of our own has taken. What stands aside from an attempt that is taken back is taken as it is.
import { SavepointError } from '../../store/errors.js';
import { aboutObject } from '../database/about-object.js';
import { readDocument } from '../state/json-document.js';
import type { JsonValue, StageContext, StateStep } from '../state/state-adapter.js';
import { accessServer } from './access-server.js';
import { areAside, type FoundMarker, findMarkers, isOf } from './attempt-marker.js';
import { checkLibraries, checkRows } from './check-rows.js';
import type { DatabaseRecord, DatabaseSize } from './database-record.js';
import { databasePaths } from './document-paths.js';
import type { RedisStep } from './plan-databases.js';
import { inSession, type RedisSession } from './redis-session.js';
import { type RedisSettings, readRedisSettings } from './redis-settings.js';
import { CHANGE_COMMANDS, FUNCTION_COMMANDS, requirePermitted } from './require-permitted.js';
import { numberOf, readInfo, requireKnownServer, requireMaster, type ServerInfo } from './server-info.js';
import { makeReady } from './spare-database.js';
import { stagedRows, stageLibraries, stageRows } from './staged-files.js';

/** What is done with a database when it is decided. */
export interface PreparedDatabase {
  readonly database: number;
  /**
   * `exchange`: for what is ready beside. `back`: for what stands aside from the attempt that is taken back. `change`: its keys
   * one by one, at once. `keep`: that attempt never came so far.
   */
  readonly way: 'exchange' | 'back' | 'change' | 'keep';
  /** Of the keys that belong to the component; null where all do. */
  readonly patterns: readonly string[] | null;
}

export interface PreparedServer {
  readonly databases: readonly PreparedDatabase[];
  readonly functions: boolean;
}

export async function stageDatabases(steps: readonly StateStep[], context: StageContext): Promise<JsonValue> {
  const wanted = steps.map(({ data }) => data as unknown as RedisStep);
  const numbers = wanted.flatMap((each) => ('database' in each ? [each.database] : []));
  const functions = wanted.some((each) => 'functions' in each);
  if (wanted.length === 0) return { databases: [], functions };
  const settings = readRedisSettings(context);
  const access = accessServer(context.component, settings);
  return inSession(access, { database: 0, signal: context.signal }, async (session) => {
    const info = await readInfo(session);
    requireKnownServer(info, context.component);
    requireMaster(info, context.component);
    const markers = await findMarkers(session);
    requireAlone(markers, numbers, context);
    await requireMemory(info, numbers, context);
    const databases: PreparedDatabase[] = [];
    for (const database of numbers) {
      const means = { session, settings, markers, numbers };
      databases.push(await aboutObject(`database ${database}`, () => stageOne(database, context, means)));
    }
    if (functions) {
      await requirePermitted(session, FUNCTION_COMMANDS);
      await checkLibraries(await stageLibraries(context, context.to), { context, settings });
    }
    requireAlone(await findMarkers(session), numbers, context);
    return { databases, functions } as unknown as JsonValue;
  });
}

interface StageMeans {
  readonly session: RedisSession;
  readonly settings: RedisSettings;
  readonly markers: readonly FoundMarker[];
  /** All that are to be changed. */
  readonly numbers: readonly number[];
}

async function stageOne(
  database: number,
  context: StageContext,
  { session, settings, markers, numbers }: StageMeans,
): Promise<PreparedDatabase> {
  const { attempt, component, takesBack, from, to } = context;
  const record = await readDocument<DatabaseRecord>(to, databasePaths(database).record);
  const patterns = record === undefined ? (settings.keys ?? null) : record.keys;
  if (takesBack !== undefined) {
    const earlier = markers.find((each) => isOf(each, takesBack, component) && each.database === database);
    if (earlier?.role === 'old') return { database, way: 'back', patterns };
    if (earlier?.role !== 'changed') return { database, way: 'keep', patterns };
  }
  await stageRows(context, { reader: to, database, side: 'to' });
  await stageRows(context, { reader: from, database, side: 'from' });
  const rows = () => stagedRows(context, database, 'to');
  if (patterns === null && takesBack === undefined) {
    const except = [...numbers, ...(Array.isArray(settings.databases) ? settings.databases : [])];
    if ((await makeReady(session, { attempt, component, database, except, rows })) !== undefined)
      return { database, way: 'exchange', patterns };
  }
  await requirePermitted(session, CHANGE_COMMANDS);
  await checkRows(rows, { context, settings });
  return { database, way: 'change', patterns };
}

/** Two rollbacks of one database at once would each take the other's data for those in use. */
function requireAlone(
  markers: readonly FoundMarker[],
  numbers: readonly number[],
  { component, attempt, takesBack }: StageContext,
): void {
  const other = markers.find((marker) => {
    const isAbout = numbers.includes(marker.database) || (areAside([marker]) && numbers.includes(marker.at));
    const isOwn = marker.attempt === attempt || marker.attempt === takesBack;
    return isAbout && !isOwn && (marker.role !== 'kept' || numbers.includes(marker.at));
  });
  if (other === undefined) return;
  throw new SavepointError(
    'LOCKED',
    `another rollback of database ${other.database} is under way, or was interrupted (operation ${other.attempt}). Wait for its end, or run 'savepoint recover' with its store.`,
    { fields: { component, database: other.database, attempt: other.attempt } },
  );
}

/** Both states are in the server's memory for a while. */
async function requireMemory(
  info: ServerInfo,
  numbers: readonly number[],
  { component, to, takesBack }: StageContext,
): Promise<void> {
  if (takesBack !== undefined) return;
  let neededBytes = 0;
  for (const database of numbers) {
    const size = await readDocument<DatabaseSize>(to, databasePaths(database).observed);
    neededBytes += size?.memoryBytes ?? 0;
  }
  const limit = numberOf(info, 'maxmemory');
  const [used, most] = [numberOf(info, 'used_memory'), limit || numberOf(info, 'total_system_memory')];
  if (most === 0 || used + neededBytes <= most) return;
  const remedy =
    limit > 0 ? `Raise it (CONFIG SET maxmemory ${used + neededBytes}), or free memory` : 'Free memory';
  throw new SavepointError(
    'STATE_REFUSED',
    `the server uses ${used} of ${most} bytes of memory${limit > 0 ? ' (maxmemory)' : ''}, and the point's data need about ${neededBytes} beside those in use. ${remedy}, and repeat.`,
    { fields: { component, used, limit: most, needed: neededBytes } },
  );
}
