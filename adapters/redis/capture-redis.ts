// Captures what a component of kind `redis` is: databases of one server and its functions, all of the instant of one snapshot.
import { aboutStream } from '../database/about-object.js';
import { encodeOrder } from '../database/segment-order.js';
import { encodeDocument } from '../state/json-document.js';
import { cutRows } from '../state/row-cutter.js';
import type { CaptureContext, CapturedDocument, JsonValue, SegmentEntry } from '../state/state-adapter.js';
import { accessServer } from './access-server.js';
import { areAside, markersHere } from './attempt-marker.js';
import { databasePaths, functionPath, POSITION_PATH, SERVER_PATH } from './document-paths.js';
import { readLibraries } from './function-libraries.js';
import { openSnapshot, selectDatabases } from './open-snapshot.js';
import { listKeys, type NamedRow, readKeys } from './read-keys.js';
import { RedisSession } from './redis-session.js';
import { readRedisSettings } from './redis-settings.js';
import { COLUMNS } from './row-text.js';
import { filledDatabases, readInfo } from './server-info.js';

export async function* captureRedis(context: CaptureContext): AsyncGenerator<CapturedDocument> {
  const settings = readRedisSettings(context);
  const { component, signal } = context;
  const access = accessServer(component, settings);
  const snapshot = await openSnapshot(settings, { component, directory: context.scratch(), signal });
  let session: RedisSession | undefined;
  try {
    const reading = await RedisSession.open(snapshot.access, { signal });
    session = reading;
    yield jsonDocument(SERVER_PATH, snapshot.server);
    yield jsonDocument(POSITION_PATH, snapshot.position);
    const databases = await selectDatabases(settings, access, () => capturable(reading));
    for (const database of databases)
      yield* aboutStream(
        `database ${database}`,
        captureDatabase(reading, { database, patterns: settings.keys }),
      );
    // They are of the whole server: who has but some of its keys leaves them to others.
    if (settings.keys !== undefined) return;
    for (const { name, code } of await readLibraries(reading))
      yield { path: functionPath(name), content: code };
  } finally {
    session?.close();
    await snapshot.close();
  }
}

/** Those with keys, without what rollbacks have put aside. */
async function capturable(session: RedisSession): Promise<number[]> {
  const found: number[] = [];
  for (const database of filledDatabases(await readInfo(session))) {
    await session.call('SELECT', String(database));
    if (!areAside(await markersHere(session))) found.push(database);
  }
  return found;
}

async function* captureDatabase(
  session: RedisSession,
  { database, patterns }: { readonly database: number; readonly patterns: readonly string[] | undefined },
): AsyncGenerator<CapturedDocument> {
  const paths = databasePaths(database);
  await session.call('SELECT', String(database));
  const counted = { rows: 0, memoryBytes: 0 };
  const names = areAside(await markersHere(session)) ? [] : await listKeys(session, patterns);
  const lines = linesOf(readKeys(session, names), counted);
  const segments: SegmentEntry[] = [];
  for await (const { content, ...entry } of cutRows(lines)) {
    segments.push(entry);
    yield { path: paths.segment(entry.name), content };
  }
  yield { path: paths.order, content: encodeOrder(segments) };
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  yield jsonDocument(paths.record, {
    ...{ database, keys: patterns === undefined ? null : [...patterns], columns: [...COLUMNS] },
    ...{ rows: counted.rows, bytes },
  });
  yield jsonDocument(paths.observed, { memoryBytes: counted.memoryBytes });
}

/** Several rows at once. */
export async function* linesOf(
  rows: AsyncIterable<Pick<NamedRow, 'line' | 'memoryBytes'>>,
  counted: { rows: number; memoryBytes: number },
): AsyncGenerator<Buffer> {
  let [pieces, bytes]: [Buffer[], number] = [[], 0];
  for await (const { line, memoryBytes } of rows) {
    counted.rows++;
    counted.memoryBytes += memoryBytes;
    pieces.push(line);
    bytes += line.length;
    if (bytes < PIECE_BYTES) continue;
    yield pieces.length === 1 ? line : Buffer.concat(pieces);
    [pieces, bytes] = [[], 0];
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

const PIECE_BYTES = 256 << 10;

function jsonDocument(path: string, value: object): CapturedDocument {
  return { path, content: encodeDocument(value as JsonValue) };
}
