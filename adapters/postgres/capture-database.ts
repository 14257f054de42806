// Captures one PostgreSQL database in one exported snapshot: definitions by pg_dump, each table's rows in segments, several
// tables at once. Nothing of it waits for writers, and no writer waits for it.
import { aboutObject, aboutStream } from '../database/about-object.js';
import { mergeStreams } from '../database/merge-streams.js';
import { encodeOrder } from '../database/segment-order.js';
import type { TablePaths } from '../database/table-paths.js';
import { encodeDocument } from '../state/json-document.js';
import type {
  CaptureContext,
  CapturedDocument,
  JsonValue,
  SegmentEntry,
  StateDocument,
} from '../state/state-adapter.js';
import { type DatabaseRecord, findDatabase } from './database-record.js';
import { databasePaths, positionPath } from './document-paths.js';
import { PsqlSession } from './psql-session.js';
import { quoteQualified } from './quote.js';
import { type Catalog, readCatalog, type TableRecord } from './read-catalog.js';
import { readSchema } from './read-schema.js';
import { openRowReader } from './row-reader.js';
import type { ServerAccess } from './server-access.js';
import { chooseParts, conditionOf, type TablePart } from './table-parts.js';
import { COPY_LARGE_OBJECTS, copyOutStatement, tableDocument } from './table-record.js';

export interface DatabaseMeans {
  readonly access: ServerAccess;
  readonly context: CaptureContext;
  /** As server_version_num has it. */
  readonly version: number;
  readonly jobs: number;
  readonly lockTimeoutMs: number;
}

/** Of which instant a capture is. */
export interface Position {
  /** Where the write-ahead log was. */
  readonly lsn: string;
  /** The transaction of the whole server that had not begun then. */
  readonly transaction: string;
  /** Rows that were written in the database since the server counts them. */
  readonly rowsWritten: number;
  /** Which one it was, whatever it is called. */
  readonly oid: number;
  /** By the server's clock, UTC. */
  readonly at: string;
}

/** A database whose instant is fixed, until `close`. */
export interface OpenDatabase {
  readonly name: string;
  readonly lead: PsqlSession;
  readonly snapshot: string;
  readonly position: Position;
}

const TABLES_A_LOCK = 200;

const POSITION = `
SELECT txid_snapshot_xmax(txid_current_snapshot())::text AS transaction,
  (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS oid,
  to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
  (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text AS lsn`;

/** Rows written in a database since the server counts them, by its name as a SQL expression. */
export function rowsWrittenIn(name: string): string {
  return `SELECT (tup_inserted + tup_updated + tup_deleted) AS ${ROWS} FROM pg_stat_database WHERE datname = ${name}`;
}

const ROWS = '"rowsWritten"';

/** Fixes the instant. */
export async function openDatabase(
  access: ServerAccess,
  name: string,
  signal: AbortSignal | undefined,
): Promise<OpenDatabase> {
  const lead = await PsqlSession.open(access, { database: name, signal });
  try {
    // Read first: what is written meanwhile counts as written after the snapshot.
    const counted = await lead.row<{ rowsWritten: number }>(rowsWrittenIn('current_database()'));
    await lead.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { snapshot } = await lead.row<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
    const position = await lead.row<Position>(POSITION);
    return { name, lead, snapshot, position: { ...position, ...counted } };
  } catch (error) {
    lead.kill();
    throw error;
  }
}

/** All documents of a database. Throws where one of its tables can't be read: without it, it could not be put back. */
export async function* captureDatabase(
  database: OpenDatabase,
  means: DatabaseMeans,
): AsyncGenerator<CapturedDocument> {
  const { lead, name, snapshot, position } = database;
  const { access, version, lockTimeoutMs } = means;
  const paths = databasePaths(name);
  const record = await findDatabase(lead, name, version);
  if (record === undefined) throw new Error('savepoint bug: a database without a record');
  const catalog = await readCatalog(lead);
  await lead.run(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  await aboutObject(`database ${name}`, () => lockTables(lead, catalog.tables));
  yield* documentsOf(record, catalog);
  yield { path: positionPath(name), content: encodeDocument(position as unknown as JsonValue) };
  const schema = readSchema(access, { database: name, snapshot, lockTimeoutMs });
  schema.catch(() => undefined); // awaited below
  yield* readTables(database, catalog, means);
  const { before, after } = await aboutObject(`database ${name}`, () => schema);
  yield { path: paths.before, content: new TextEncoder().encode(before) };
  yield { path: paths.after, content: new TextEncoder().encode(after) };
}

/** So that none is altered or dropped in the middle. */
async function lockTables(lead: PsqlSession, tables: readonly TableRecord[]): Promise<void> {
  for (let at = 0; at < tables.length; at += TABLES_A_LOCK) {
    const names = tables.slice(at, at + TABLES_A_LOCK).map(quoteQualified);
    await lead.run(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
  }
}

function* documentsOf(record: DatabaseRecord, { extensions, sequences }: Catalog): Generator<StateDocument> {
  const paths = databasePaths(record.name);
  yield {
    path: paths.record,
    content: encodeDocument({ ...record, extensions } as unknown as JsonValue),
  };
  yield { path: paths.sequences, content: encodeDocument(sequences as unknown as JsonValue) };
}

/** What is read as rows by one session: a table, a part of one, or all large objects. */
interface RowSource {
  readonly object: string;
  readonly statement: string;
  readonly paths: TablePaths;
  readonly expectedBytes: number;
  /** Hears what there was; answers the documents that tell of it, once all is known. */
  finish(segments: readonly SegmentEntry[]): readonly StateDocument[];
}

async function* readTables(
  database: OpenDatabase,
  catalog: Catalog,
  means: DatabaseMeans,
): AsyncGenerator<CapturedDocument> {
  const { name, snapshot, lead } = database;
  const { access, context, jobs } = means;
  const sources = await listSources(database, catalog, context);
  const { encoding } = await lead.row<{ encoding: string }>(
    "SELECT current_setting('server_encoding') AS encoding",
  );
  const waiting = sources.values();
  const readers = Array.from({ length: Math.min(jobs, sources.length) }, async function* () {
    const reader = await openRowReader(access, {
      database: name,
      snapshot,
      encoding,
      signal: context.signal,
    });
    try {
      for (const source of waiting) {
        const { object, paths, statement, expectedBytes, finish } = source;
        const segments = yield* aboutStream(object, reader.read(paths.rows, { statement, expectedBytes }));
        yield* finish(segments);
      }
      await reader.close();
    } finally {
      reader.kill();
    }
  });
  yield* mergeStreams(readers);
}

async function listSources(
  { name, lead }: OpenDatabase,
  { tables, hasLargeObjects }: Catalog,
  context: CaptureContext,
): Promise<RowSource[]> {
  const paths = databasePaths(name);
  const before = await context.previous();
  const sources: RowSource[] = [];
  if (hasLargeObjects) {
    sources.push({
      ...{ object: 'large objects', statement: COPY_LARGE_OBJECTS, paths: paths.largeObjects },
      expectedBytes: 0,
      finish: (segments) => [{ path: paths.largeObjects.order, content: encodeOrder(segments) }],
    });
  }
  for (const table of tables) {
    const ofTable = paths.table(table);
    const parts = await chooseParts(lead, table, { reader: before, paths: ofTable });
    const finish = finishParts(table, parts, ofTable);
    for (const number of parts.keys()) {
      sources.push({
        ...{ object: `table ${table.schema}.${table.name}`, paths: ofTable },
        statement: copyOutStatement(table, conditionOf(table, parts, number)),
        expectedBytes: table.sizeBytes / parts.length,
        finish: (segments) => finish(number, segments),
      });
    }
  }
  return sources;
}

/** A table is whole when all of its parts are. */
function finishParts(table: TableRecord, parts: readonly TablePart[], paths: TablePaths) {
  const read = new Map<number, readonly SegmentEntry[]>();
  const sum = (segments: readonly SegmentEntry[], key: 'rows' | 'bytes') =>
    segments.reduce((total, segment) => total + segment[key], 0);
  return (number: number, segments: readonly SegmentEntry[]): readonly StateDocument[] => {
    read.set(number, segments);
    if (read.size < parts.length) return [];
    const inOrder = [...parts.keys()].map((each) => read.get(each) ?? []);
    const all = inOrder.flat();
    const { sizeBytes: _, ...record } = table;
    const content = tableDocument({
      ...{ ...record, rows: sum(all, 'rows'), bytes: sum(all, 'bytes') },
      parts: parts.map(({ from }, at) => ({ from, bytes: sum(inOrder[at] ?? [], 'bytes') })),
    });
    return [
      { path: paths.order, content: encodeOrder(all) },
      { path: paths.record, content },
    ];
  };
}
