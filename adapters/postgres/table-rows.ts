// The rows of a table in segments: as a point has them, and as they are now, cut alike where they are alike.
import type { SegmentRows } from '../database/compare-rows.js';
import { cutRows } from '../state/row-cutter.js';
import type { PsqlSession } from './psql-session.js';
import type { StoredTable } from './stored-database.js';
import { conditionOf } from './table-parts.js';
import { type CapturedTable, copyOutStatement } from './table-record.js';

/** A table, and which database it is in. */
export interface NamedTable extends StoredTable {
  readonly database: string;
}

/** As it is now, cut alike where its rows are alike. */
export async function* liveRows(session: PsqlSession, table: CapturedTable): AsyncGenerator<SegmentRows> {
  const starts = table.parts.map((_, number) => number);
  for (const number of starts) {
    const statement = copyOutStatement(table, conditionOf(table, table.parts, number));
    for await (const { name, content } of cutRows(session.copyOut(statement)))
      yield { name, content: async () => content };
  }
}
