// Databases of a Redis server as tables, a key a row: looked at, compared, and put back alone, in one transaction.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { compareRows, type RowFormat, type SegmentRows } from '../database/compare-rows.js';
import { readOrder, readRows, storedSegments } from '../database/stored-rows.js';
import { cutRows } from '../state/row-cutter.js';
import type { StateContext, StateReader } from '../state/state-adapter.js';
import type { StateTables, TableDifference, TableSide } from '../state/state-tables.js';
import { accessServer } from './access-server.js';
import { linesOf } from './capture-redis.js';
import { databasePaths, databasesIn, databasesPrefix } from './document-paths.js';
import { openSnapshot } from './open-snapshot.js';
import { listKeys, readKeys } from './read-keys.js';
import { inSession } from './redis-session.js';
import { readRedisSettings } from './redis-settings.js';
import { restoreKeys } from './restore-keys.js';
import { COLUMNS } from './row-text.js';
import { readInfo, requireKnownServer, requireMaster } from './server-info.js';

/** Named `dbN`; values are as rows have them. */
export const redisTables: StateTables = {
  list: async (reader) => (await databasesOf(reader)).map((database) => `db${database}`),
  async *read(name, reader) {
    const database = await findDatabase(name, reader);
    const paths = databasePaths(database);
    yield* readRows(reader, { segments: await readOrder(reader, paths), paths });
  },
  compare: compareTable,
  async restore(name, reader, context) {
    const database = await findDatabase(name, reader);
    const settings = readRedisSettings(context);
    const access = accessServer(context.component, settings);
    const paths = databasePaths(database);
    const segments = await readOrder(reader, paths);
    return inSession(access, { database, signal: context.signal }, async (session) => {
      const info = await readInfo(session);
      requireKnownServer(info, context.component);
      requireMaster(info, context.component);
      return restoreKeys(session, settings.keys, () => readRows(reader, { segments, paths }));
    });
  },
};

export const ROW_FORMAT: RowFormat = { columns: COLUMNS, key: ['key'], decode: (value) => value };

async function databasesOf(reader: StateReader): Promise<number[]> {
  const paths = await reader.list(databasesPrefix);
  return databasesIn(paths.filter((path) => path.endsWith('/table.json')));
}

/** Throws PATH_NOT_FOUND. */
async function findDatabase(name: string, reader: StateReader): Promise<number> {
  const found = (await databasesOf(reader)).find((database) => `db${database}` === name);
  if (found !== undefined) return found;
  throw new SavepointError('PATH_NOT_FOUND', `The point has no database '${name}'.`, {
    fields: { table: name },
  });
}

async function compareTable(
  name: string,
  { before, after }: { readonly before: TableSide; readonly after: TableSide },
  context: StateContext,
): Promise<TableDifference> {
  const stored = before === 'live' ? after : before;
  if (stored === 'live') throw new Error('savepoint bug: a table is compared with itself');
  const database = await findDatabase(name, stored);
  if (before !== 'live' && after !== 'live')
    return compareRows(
      { before: storedRows(database, before), after: storedRows(database, after) },
      ROW_FORMAT,
    );
  const [rows, live] = [storedRows(database, stored), liveRows(database, context)];
  return compareRows(
    before === 'live' ? { before: live, after: rows } : { before: rows, after: live },
    ROW_FORMAT,
  );
}

async function* storedRows(database: number, reader: StateReader): AsyncGenerator<SegmentRows> {
  const paths = databasePaths(database);
  yield* storedSegments(reader, { segments: await readOrder(reader, paths), paths });
}

/** Of one instant. */
async function* liveRows(database: number, context: StateContext): AsyncGenerator<SegmentRows> {
  const settings = readRedisSettings(context);
  const { component, signal } = context;
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-redis-'));
  try {
    const snapshot = await openSnapshot(settings, { component, directory, signal });
    try {
      const rows = await inSession(snapshot.access, { database, signal }, async (session) => {
        const lines = linesOf(readKeys(session, await listKeys(session, settings.keys)), {
          rows: 0,
          memoryBytes: 0,
        });
        const segments: SegmentRows[] = [];
        for await (const { name, content } of cutRows(lines))
          segments.push({ name, content: async () => content });
        return segments;
      });
      yield* rows;
    } finally {
      await snapshot.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
