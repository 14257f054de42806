// The rows of a table in segments: as a point has them, and as they are now, cut alike where they are alike.
import type { SegmentRows } from '../database/compare-rows.js';
import { readRows } from '../database/stored-rows.js';
import { cutRows } from '../state/row-cutter.js';
import type { StateReader } from '../state/state-adapter.js';
import type { ClientSession } from './client-session.js';
import { readLiveRows } from './read-rows.js';
import type { StoredTable } from './stored-database.js';

/** A table, and which database it is in. */
export interface NamedTable extends StoredTable {
  readonly database: string;
}

export async function* storedRows(
  { segments, paths }: StoredTable,
  reader: StateReader,
): AsyncGenerator<SegmentRows> {
  for (const segment of segments) {
    const id = await reader.id(paths.segment(segment.name));
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

/** As it is now. `suffix` stands behind the statement that reads it. */
export async function* liveRows(
  session: ClientSession,
  { database, table }: NamedTable,
  suffix = '',
): AsyncGenerator<SegmentRows> {
  for await (const { name, content } of cutRows(readLiveRows(session, { database, table, suffix })))
    yield { name, content: async () => content };
}
