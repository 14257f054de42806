// Reads all rows of a new database again, and makes sure that they are those of the point: segment by segment where they come
// in the same order, else as sets.
import { SavepointError } from '../../store/errors.js';
import { digestRows, SegmentDigests } from '../database/row-digest.js';
import { readRows } from '../database/stored-rows.js';
import type { Digests, LoadMeans } from './load-tables.js';
import { inSessions } from './loading-sessions.js';
import type { PsqlSession } from './psql-session.js';
import type { StoredDatabase, StoredRows } from './stored-database.js';
import { COPY_LARGE_OBJECTS, copyOutStatement } from './table-record.js';

interface CheckMeans extends LoadMeans {
  readonly digests: Digests;
}

interface Check {
  readonly object: string;
  readonly statement: string;
  readonly rows: StoredRows;
}

/** Throws VALIDATION_FAILED for the first table that is not the same. */
export async function checkTables(stored: StoredDatabase, means: CheckMeans): Promise<void> {
  const waiting = checksOf(stored).values();
  await inSessions(means, stored.record.encoding, async (session) => {
    for (const check of waiting) await checkRows(session, check, means);
  });
}

function checksOf({ tables, largeObjects }: StoredDatabase): Check[] {
  const ofTables = tables.map(({ table, ...rows }) => ({
    object: `table ${table.schema}.${table.name}`,
    ...{ statement: copyOutStatement(table), rows },
  }));
  if (largeObjects === undefined) return ofTables;
  return [...ofTables, { object: 'large objects', statement: COPY_LARGE_OBJECTS, rows: largeObjects }];
}

async function checkRows(
  session: PsqlSession,
  { object, statement, rows }: Check,
  { digests, reader, access }: CheckMeans,
): Promise<void> {
  const found = new SegmentDigests(rows.segments);
  for await (const piece of session.copyOut(statement)) found.add(piece);
  const expected = rows.segments.map(({ name }) => digests.get(rows.paths.segment(name)));
  const isSame =
    !found.isLonger &&
    found.digests.length === expected.length &&
    expected.every((digest, at) => digest === found.digests[at]);
  if (isSame) return;
  // Another collation, as of a newer C library, orders otherwise.
  const [stored, live] = [
    await digestRows(readRows(reader, rows)),
    await digestRows(session.copyOut(statement)),
  ];
  if (stored === live) return;
  throw new SavepointError(
    'VALIDATION_FAILED',
    `${object}: the new database has not the rows of the point (number and sum of hashes are ${live}, not ${stored}). Nothing was exchanged; see whether types of columns print differently on this server, and restore the table elsewhere.`,
    { fields: { component: access.component, object, expected: stored, found: live } },
  );
}
