// Captures what a component of kind `mariadb` is: databases of one server, all of one instant, and the accounts that may use them.
import { createHash } from 'node:crypto';
import { SavepointError } from '../../store/errors.js';
import { aboutObject, aboutStream } from '../database/about-object.js';
import { encodeOrder } from '../database/segment-order.js';
import { encodeDocument } from '../state/json-document.js';
import { cutRows } from '../state/row-cutter.js';
import type {
  CaptureContext,
  CapturedDocument,
  JsonValue,
  SegmentEntry,
  StateDocument,
} from '../state/state-adapter.js';
import { capturedUsers } from './capture-users.js';
import { ClientSession } from './client-session.js';
import { requireFullView } from './database-record.js';
import { encodeDefinitions } from './definition-text.js';
import { databasePaths, POSITION_PATH, SERVER_PATH, userPath } from './document-paths.js';
import { readMariadbSettings } from './mariadb-settings.js';
import { lockedFirst, type OpenDatabase, openSnapshot, type Snapshot } from './open-snapshot.js';
import { quoteQualified } from './quote.js';
import type { TableRecord } from './read-catalog.js';
import { readLiveRows } from './read-rows.js';
import { readServer } from './read-server.js';
import { selectDatabases, wantedDatabases } from './select-databases.js';
import { accessServer } from './server-access.js';
import { tableDocument } from './table-record.js';

export async function* captureMariadb(context: CaptureContext): AsyncGenerator<CapturedDocument> {
  const settings = readMariadbSettings(context);
  const { signal, component } = context;
  const access = accessServer(component, settings);
  const side = await ClientSession.open(access, { signal });
  let snapshot: Snapshot | undefined;
  try {
    const server = await readServer(side);
    const { found, missing } = await selectDatabases(side, wantedDatabases(settings, access));
    await requireKnown(missing, context);
    for (const name of found) await requireFullView(side, name);
    snapshot = await openSnapshot({ access, side, server, databases: found, signal });
    reportUnlocked(snapshot, context);
    yield { path: SERVER_PATH, content: asDocument(server) };
    yield { path: POSITION_PATH, content: asDocument(snapshot.position) };
    if (settings.users) {
      for (const user of await capturedUsers(side, found))
        yield { path: userPath(user), content: asDocument(user) };
    }
    for (const database of snapshot.databases) yield* documentsOf(database);
    yield* readTables(snapshot);
    await snapshot.close();
    await side.close();
  } finally {
    snapshot?.kill();
    side.kill();
  }
}

function asDocument(value: unknown): Uint8Array {
  return encodeDocument(value as JsonValue);
}

function* documentsOf({ record, definitions, programs }: OpenDatabase): Generator<StateDocument> {
  const paths = databasePaths(record.name);
  yield { path: paths.record, content: asDocument(record) };
  yield { path: paths.tableDefinitions, content: encodeDefinitions(definitions) };
  yield { path: paths.routines, content: encodeDefinitions(programs) };
}

/** Tables that are locked for others first, so that these may go on. */
async function* readTables(snapshot: Snapshot): AsyncGenerator<CapturedDocument> {
  const all = snapshot.databases.flatMap((database) =>
    database.catalog.tables.map((table) => ({ database, table, engine: table.engine })),
  );
  for (const { database, table } of lockedFirst(all)) {
    if (table.engine === 'InnoDB') await snapshot.unlock();
    const object = `table ${database.record.name}.${table.name}`;
    yield* aboutStream(object, readTable(snapshot.lead, database, table));
  }
  for (const { record, catalog } of snapshot.databases) {
    const sequences: JsonValue[] = [];
    for (const name of catalog.sequences) {
      sequences.push(
        await aboutObject(`sequence ${record.name}.${name}`, () =>
          readSequence(snapshot.lead, record.name, name),
        ),
      );
    }
    yield { path: databasePaths(record.name).sequences, content: encodeDocument(sequences) };
  }
}

async function* readTable(
  session: ClientSession,
  { record, autoIncrements }: OpenDatabase,
  table: TableRecord,
): AsyncGenerator<CapturedDocument> {
  const paths = databasePaths(record.name).table(table.name);
  const order: SegmentEntry[] = [];
  const hash = createHash('sha256');
  for await (const { content, ...entry } of cutRows(
    readLiveRows(session, { database: record.name, table }),
  )) {
    hash.update(content);
    order.push(entry);
    yield { path: paths.segment(entry.name), content };
  }
  const sum = (key: 'rows' | 'bytes') => order.reduce((total, segment) => total + segment[key], 0);
  const { sizeBytes: _, ...about } = table;
  yield {
    path: paths.record,
    content: tableDocument({
      ...{ ...about, rows: sum('rows'), bytes: sum('bytes'), sha256: hash.digest('hex') },
      autoIncrement: autoIncrements.get(table.name) ?? null,
    }),
  };
  yield { path: paths.order, content: encodeOrder(order) };
}

async function readSequence(session: ClientSession, database: string, name: string): Promise<JsonValue> {
  const state = await session.row<{ next: string; round: string }>(
    `SELECT JSON_OBJECT('next', CAST(next_not_cached_value AS CHAR), 'round', CAST(cycle_count AS CHAR)) FROM ${quoteQualified(database, name)}`,
  );
  return { name, ...state };
}

function reportUnlocked({ unlocked }: Snapshot, context: CaptureContext): void {
  for (const { database, table, reason } of unlocked) {
    context.report({
      object: `table ${database}.${table}`,
      code: reason.code,
      message: `it knows no snapshots and could not be locked, so its rows may be of a later instant than all others: ${reason.message}`,
    });
  }
}

/** A database that is not there is a state like any other, but only where it was there once; else its name is wrong. */
async function requireKnown(missing: readonly string[], context: CaptureContext): Promise<void> {
  for (const name of missing) {
    const before = await context.previous();
    if ((await before?.read(databasePaths(name).record)) !== undefined) continue;
    throw new SavepointError(
      'STATE_UNREADABLE',
      `the server has no database '${name}', or the account has no right in it. Create it, grant that, or mend the configuration.`,
      { fields: { component: context.component, database: name } },
    );
  }
}
