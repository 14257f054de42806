// The rows of a table in segments: as a point has them, and as they are now, cut alike where they are alike.
import type { SegmentRows } from '../database/compare-rows.js';
import { readRows } from '../database/stored-rows.js';
import { cutRows } from '../state/row-cutter.js';
import type { StateReader } from '../state/state-adapter.js';
import type { PsqlSession } from './psql-session.js';
import type { StoredTable } from './stored-database.js';
import { conditionOf } from './table-parts.js';
import { type CapturedTable, copyOutStatement } from './table-record.js';

/** A table, and which database it is in. */
export interface NamedTable extends StoredTable {
  readonly database: string;
}

export async function* storedRows(
  { segments, paths }: StoredTable,
  reader: StateReader,
): AsyncGenerator<SegmentRows> {
  for (const segment of segments) {
    const path = paths.segment(segment.name);
    const id = await reader.id(path);
    yield {
      name: segment.name,
      ...(id === undefined ? {} : { id }),
      async content() {
        const pieces: Uint8Array[] = [];
        for await (const piece of readRows(reader, { segments: [segment], paths })) pieces.push(piece);
        return Buffer.concat(pieces);
      },
    };
  }
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
