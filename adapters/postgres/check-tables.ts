// Reads all rows of a new database again, and makes sure that they are those of the point: segment by segment where they come
// in the same order, else as sets.
import { SavepointError } from '../../store/errors.js';
import { aboutObject } from '../database/about-object.js';
import { digestRows, readIds } from '../database/row-digest.js';
import { readRows } from '../database/stored-rows.js';
import type { SegmentEntry } from '../state/row-cutter.js';
import type { LoadMeans } from './load-tables.js';
import { PsqlSession } from './psql-session.js';
import { openRowReader, type RowReader } from './row-reader.js';
import type { StoredDatabase, StoredRows } from './stored-database.js';
import { conditionOf } from './table-parts.js';
import { COPY_LARGE_OBJECTS, copyOutStatement } from './table-record.js';

/** Rows that one session reads. */
interface Check {
  readonly object: string;
  readonly statement: string;
  readonly rows: StoredRows;
}

/** Throws VALIDATION_FAILED for the first table that is not the same. */
export async function checkTables(stored: StoredDatabase, means: LoadMeans): Promise<void> {
  const { access, database, jobs, signal } = means;
  const { encoding } = stored.record;
  const waiting = checksOf(stored).values();
  const readers: RowReader[] = [];
  try {
    for (let job = 0; job < jobs; job++)
      readers.push(
        await openRowReader(access, { database, encoding, ...(signal === undefined ? {} : { signal }) }),
      );
    await Promise.all(
      readers.map(async (reader) => {
        for (const check of waiting)
          await aboutObject(check.object, () => checkRows(reader, check, { ...means, encoding }));
      }),
    );
    for (const reader of readers) await reader.close();
  } finally {
    for (const reader of readers) reader.kill();
  }
}

function checksOf({ tables, largeObjects }: StoredDatabase): Check[] {
  const ofTables = tables.flatMap(({ table, paths, segments }) => {
    const object = `table ${table.schema}.${table.name}`;
    let from = 0;
    return table.parts.map(({ bytes }, number) => {
      const part = takeBytes(segments.slice(from), bytes);
      from += part.length;
      const statement = copyOutStatement(table, conditionOf(table, table.parts, number));
      return { object, statement, rows: { paths, segments: part } };
    });
  });
  if (largeObjects === undefined) return ofTables;
  return [...ofTables, { object: 'large objects', statement: COPY_LARGE_OBJECTS, rows: largeObjects }];
}

/** The first segments that have so many bytes. */
function takeBytes(segments: readonly SegmentEntry[], bytes: number): SegmentEntry[] {
  let [count, sum] = [0, 0];
  while (count < segments.length && sum + (segments[count]?.bytes ?? 0) <= bytes)
    sum += segments[count++]?.bytes ?? 0;
  return segments.slice(0, count);
}

async function checkRows(
  reader: RowReader,
  { statement, rows }: Check,
  means: LoadMeans & { readonly encoding: string },
): Promise<void> {
  if (await reader.check(statement, await readIds(means.reader, rows))) return;
  // Another collation, as of a newer C library, orders otherwise.
  const [stored, live] = [await digestRows(readRows(means.reader, rows)), await digestLive(statement, means)];
  if (stored === live) return;
  throw new SavepointError(
    'VALIDATION_FAILED',
    `the new database has not the rows of the point (number and sum of hashes are ${live}, not ${stored}). Nothing was exchanged; see whether types of columns print differently on this server, and restore the table elsewhere.`,
    { fields: { expected: stored, found: live } },
  );
}

async function digestLive(
  statement: string,
  { access, database, encoding, signal }: LoadMeans & { readonly encoding: string },
): Promise<string> {
  const session = await PsqlSession.open(access, { database, signal });
  try {
    await session.run(`SET client_encoding = '${encoding}'`);
    const digest = await digestRows(session.copyOut(statement));
    await session.close();
    return digest;
  } finally {
    session.kill();
  }
}
