// The rows of a table in segments: as a point has them, and as they are now, cut alike where they are alike.
import type { SegmentRows } from '../database/compare-rows.js';
import { cutRows } from '../state/row-cutter.js';
import type { ClientSession } from './client-session.js';
import { readLiveRows } from './read-rows.js';
import type { StoredTable } from './stored-database.js';

/** A table, and which database it is in. */
export interface NamedTable extends StoredTable {
  readonly database: string;
}

/** As it is now. `suffix` stands behind the statement that reads it. */
export async function* liveRows(
  session: ClientSession,
  { database, table }: NamedTable,
  suffix = '',
): AsyncGenerator<SegmentRows> {
  for await (const { name, content } of cutRows(readLiveRows(session, { database, table, suffix })))
    yield { name, content: async () => content };
}
