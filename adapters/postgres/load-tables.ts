// Puts the rows that a point has into the tables of a new database, by several sessions at once: a large table in parts.
import { aboutObject } from '../database/about-object.js';
import { partsOf, readRows } from '../database/stored-rows.js';
import type { StateReader } from '../state/state-adapter.js';
import { inSessions, type LoadingMeans } from './loading-sessions.js';
import type { StoredDatabase, StoredRows } from './stored-database.js';
import { copyInStatement } from './table-record.js';

export interface LoadMeans extends LoadingMeans {
  readonly reader: StateReader;
}

const PART_BYTES = 32 << 20;

interface Load {
  readonly object: string;
  readonly statement: string;
  readonly rows: StoredRows;
  /** Before and behind it, in the same session. */
  readonly first?: string;
  readonly last?: string;
}

export async function loadTables(stored: StoredDatabase, means: LoadMeans): Promise<void> {
  const waiting = loadsOf(stored).values();
  await inSessions(means, stored.record.encoding, async (session) => {
    for (const load of waiting) {
      await aboutObject(load.object, async () => {
        if (load.first !== undefined) await session.run(load.first);
        await session.copyIn(load.statement, readRows(means.reader, load.rows));
        if (load.last !== undefined) await session.row(load.last);
      });
    }
  });
}

function loadsOf({ tables, largeObjects }: StoredDatabase): Load[] {
  const ofTables = tables.flatMap(({ table, paths, segments }) => {
    const load = { object: `table ${table.schema}.${table.name}`, statement: copyInStatement(table) };
    // Rows without a key keep the order in which they were.
    const parts = table.key.length === 0 ? [segments] : partsOf(segments, PART_BYTES);
    return parts
      .filter((part) => part.length > 0)
      .map((part) => ({ ...load, rows: { paths, segments: part } }));
  });
  if (largeObjects === undefined) return ofTables;
  return [{ ...LARGE_OBJECTS, rows: largeObjects }, ...ofTables];
}

/** Their definitions have made them, empty. */
const LARGE_OBJECTS = {
  object: 'large objects',
  first: 'CREATE TEMPORARY TABLE pieces (number oid, position bigint, bytes bytea)',
  statement: 'COPY pg_temp.pieces FROM STDIN',
  last: 'SELECT count(lo_put(number, position, bytes)) AS pieces FROM pg_temp.pieces',
};
