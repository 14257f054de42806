// Puts the rows that a point has into the tables of a new database, by several sessions at once. A table that one session fills
// is frozen at once: its rows keep their order, and are never looked at again for who wrote them. A very large one is filled in parts.
import { aboutObject } from '../database/about-object.js';
import { partsOf, readRows } from '../database/stored-rows.js';
import type { StateReader } from '../state/state-adapter.js';
import { inSessions, type LoadingMeans } from './loading-sessions.js';
import { quoteQualified } from './quote.js';
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
  readonly first: readonly string[];
  readonly last: readonly string[];
}

export async function loadTables(stored: StoredDatabase, means: LoadMeans): Promise<void> {
  const waiting = loadsOf(stored, means.jobs).values();
  await inSessions(means, stored.record.encoding, async (session) => {
    for (const load of waiting) {
      await aboutObject(load.object, async () => {
        for (const statement of load.first) await session.run(statement);
        await session.copyIn(load.statement, readRows(means.reader, load.rows));
        for (const statement of load.last) await session.run(statement);
      });
    }
  });
}

function loadsOf({ tables, largeObjects }: StoredDatabase, jobs: number): Load[] {
  const allBytes = tables.reduce((sum, { table }) => sum + table.bytes, 0);
  const ofTables = tables.flatMap(({ table, paths, segments }): Load[] => {
    if (segments.length === 0) return [];
    const object = `table ${table.schema}.${table.name}`;
    const isMost = jobs > JOBS_FOR_FROZEN && table.bytes > allBytes / 2 && table.key.length > 0;
    // Of an extension's own rows, those that it brings have to stay.
    if (isMost || table.condition !== '') {
      const load = { object, statement: copyInStatement(table), first: [], last: [] };
      return partsOf(segments, PART_BYTES).map((part) => ({ ...load, rows: { paths, segments: part } }));
    }
    const frozen = {
      first: ['BEGIN', `TRUNCATE TABLE ONLY ${quoteQualified(table)}`],
      statement: `${copyInStatement(table)} WITH (FREEZE)`,
      last: ['COMMIT'],
    };
    return [{ object, rows: { paths, segments }, ...frozen }];
  });
  if (largeObjects === undefined) return ofTables;
  return [{ ...LARGE_OBJECTS, rows: largeObjects }, ...ofTables];
}

/** With more sessions than these, one table that is most of all takes less time in parts. */
const JOBS_FOR_FROZEN = 1;

/** Their definitions have made them, empty. */
const LARGE_OBJECTS = {
  object: 'large objects',
  first: ['CREATE TEMPORARY TABLE pieces (number oid, position bigint, bytes bytea)'],
  statement: 'COPY pg_temp.pieces FROM STDIN',
  last: ['DO $$ BEGIN PERFORM lo_put(number, position, bytes) FROM pg_temp.pieces; END $$'],
};
