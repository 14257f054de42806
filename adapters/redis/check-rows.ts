// Checks that a server takes rows and functions as a point has them: one of our own, in which nobody sees them.
import { SavepointError } from '../../store/errors.js';
import { readDocument } from '../state/json-document.js';
import type { StageContext } from '../state/state-adapter.js';
import type { ServerRecord } from './database-record.js';
import { SERVER_PATH } from './document-paths.js';
import {
  type FunctionLibrary,
  isSameLibraries,
  readLibraries,
  replaceCommands,
} from './function-libraries.js';
import { loadRows, payloadOf } from './load-rows.js';
import { startPrivateServer } from './private-server.js';
import { PLAIN_TYPES } from './read-keys.js';
import { inSession, type RedisSession } from './redis-session.js';
import type { RedisSettings } from './redis-settings.js';
import { decodeRow, splitRows } from './row-text.js';
import { requireSameKeys } from './spare-database.js';

export interface CheckMeans {
  readonly context: StageContext;
  readonly settings: RedisSettings;
}

/** Throws VALIDATION_FAILED, UNSUPPORTED, or what the server refuses. */
export async function checkRows(rows: () => AsyncIterable<Uint8Array>, means: CheckMeans): Promise<void> {
  await requireReadable(rows(), means.context);
  await inPrivate(means, async (session) => {
    await loadRows(session, rows());
    await requireSameKeys(session, rows());
  });
}

export async function checkLibraries(
  libraries: readonly FunctionLibrary[],
  means: CheckMeans,
): Promise<void> {
  await inPrivate(means, async (session) => {
    await session.callAll(replaceCommands(libraries));
    if (isSameLibraries(await readLibraries(session), libraries)) return;
    throw new SavepointError(
      'VALIDATION_FAILED',
      "the point's functions are not the same after they were loaded into a server. Use another point.",
      { fields: { component: means.context.component } },
    );
  });
}

async function inPrivate(
  { context: { component, signal }, settings: { programs } }: CheckMeans,
  work: (session: RedisSession) => Promise<void>,
): Promise<void> {
  const server = await startPrivateServer({ component, programs, signal });
  try {
    await inSession(server.access, { signal }, work);
  } finally {
    await server.close();
  }
}

/** Behind what DUMP writes stand the version of the format, two bytes, and a checksum of eight. */
const FOOTER_BYTES = 10;

/** The server in use has to know the format in which values are kept that only servers understand. */
async function requireReadable(
  rows: AsyncIterable<Uint8Array>,
  { from, component }: StageContext,
): Promise<void> {
  const known = (await readDocument<ServerRecord>(from, SERVER_PATH))?.rdbVersion;
  if (known === undefined) return;
  for await (const lines of splitRows(rows)) {
    for (const line of lines) {
      const { key, type, value } = decodeRow(line);
      if (PLAIN_TYPES.has(type)) continue;
      const payload = payloadOf(value);
      const version = payload.readUInt16LE(payload.length - FOOTER_BYTES);
      if (version <= known) continue;
      throw new SavepointError(
        'UNSUPPORTED',
        `the key ${JSON.stringify(key.toString('latin1'))} (${type}) is kept in version ${version} of Redis' format, and the server knows those up to ${known}. Upgrade the server, or capture with a redis-server of its version ('programs').`,
        { fields: { component, expected: version, found: known } },
      );
    }
  }
}
