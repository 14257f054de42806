// Puts the rows that a point has into the tables of a new database, by several sessions at once, and reads all of them again:
// each table has to be the point's, byte for byte as text.
import { SavepointError } from '../../store/errors.js';
import { aboutObject } from '../database/about-object.js';
import { partsOf, readRows } from '../database/stored-rows.js';
import type { SegmentEntry, StateReader } from '../state/state-adapter.js';
import { ClientSession } from './client-session.js';
import { quoteNames, quoteQualified } from './quote.js';
import { hashRows, readLiveRows } from './read-rows.js';
import { lineToTuple } from './row-text.js';
import type { ServerAccess } from './server-access.js';
import type { StoredDatabase, StoredTable } from './stored-database.js';
import type { CapturedTable } from './table-record.js';

export interface LoadMeans {
  readonly access: ServerAccess;
  readonly reader: StateReader;
  /** The new one. */
  readonly database: string;
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

const PART_BYTES = 32 << 20;
const STATEMENT_BYTES = 1 << 20;

/** What is right is what the rows are then, so zeros and days that are none may go in; nothing else is bent to fit. */
export const LOAD_MODE = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION';
export const LOAD_SETTINGS = 'SET foreign_key_checks = 0, unique_checks = 0';

export async function loadTables({ tables }: StoredDatabase, means: LoadMeans): Promise<void> {
  const loads = tables.flatMap((stored) =>
    partsOf(stored.segments, PART_BYTES).map((segments) => ({ ...stored, segments })),
  );
  await inSessions(means, loads, async (session, load) => {
    await session.run('START TRANSACTION');
    await insertRows(session, { ...load, rows: readRows(means.reader, load), database: means.database });
    await session.run('COMMIT');
  });
}

/** Throws VALIDATION_FAILED for a table that is not the same. */
export async function checkTables({ tables }: StoredDatabase, means: LoadMeans): Promise<void> {
  await inSessions(means, tables, async (session, { table }) => {
    const found = await hashRows(readLiveRows(session, { database: means.database, table }));
    if (found === table.sha256) return;
    throw new SavepointError(
      'VALIDATION_FAILED',
      'the new database has not the rows of the point. Nothing was exchanged; see whether types of columns print or sort differently on this server, and restore the table elsewhere.',
      { fields: { component: means.access.component, table: table.name, expected: table.sha256, found } },
    );
  });
}

async function inSessions<T extends Pick<StoredTable, 'table'>>(
  { access, jobs, signal }: LoadMeans,
  items: readonly T[],
  work: (session: ClientSession, item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const sessions: ClientSession[] = [];
  try {
    for (let job = 0; job < Math.min(jobs, items.length); job++) {
      const session = await ClientSession.open(access, { signal, mode: LOAD_MODE });
      sessions.push(session);
      await session.run(LOAD_SETTINGS);
    }
    await Promise.all(
      sessions.map(async (session) => {
        for (const item of waiting) await aboutObject(`table ${item.table.name}`, () => work(session, item));
      }),
    );
    for (const session of sessions) await session.close();
  } finally {
    for (const session of sessions) session.kill();
  }
}

/** In statements of about a megabyte, fewer where the server takes less at once. */
export async function insertRows(
  session: ClientSession,
  into: {
    readonly database: string;
    readonly table: Pick<CapturedTable, 'name' | 'columns'>;
    readonly rows: AsyncIterable<Uint8Array>;
    readonly segments?: readonly SegmentEntry[];
  },
): Promise<void> {
  const { database, table, rows } = into;
  const [[packet]] = (await session.values('SELECT @@max_allowed_packet')) as [[string]];
  const most = Math.min(STATEMENT_BYTES, Number(packet) / 2);
  const names = table.columns.map(({ name }) => name);
  const head = `INSERT INTO ${quoteQualified(database, table.name)} (${quoteNames(names)}) VALUES\n`;
  let tuples: string[] = [];
  let length = 0;
  const flush = async () => {
    if (tuples.length > 0) await session.run(head + tuples.join(',\n'));
    [tuples, length] = [[], 0];
  };
  for await (const line of linesOf(rows)) {
    const tuple = names.length === 0 ? '()' : lineToTuple(line);
    // Text may take up to three bytes for each unit.
    if (length + tuple.length * BYTES_A_UNIT > most) await flush();
    tuples.push(tuple);
    length += tuple.length * BYTES_A_UNIT;
  }
  await flush();
}

const BYTES_A_UNIT = 2;

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(10) + 1;
    if (end > 0)
      yield* bytes
        .subarray(0, end - 1)
        .toString('utf8')
        .split('\n');
    rest = Buffer.from(bytes.subarray(end));
  }
}
