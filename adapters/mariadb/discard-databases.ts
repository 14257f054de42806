// Takes away what an attempt has made at a server: databases under names of its own.
import { SavepointError } from '../../store/errors.js';
import { attemptPrefix } from '../database/attempt-names.js';
import type { AttemptContext } from '../state/state-adapter.js';
import { ClientSession } from './client-session.js';
import { listTables } from './list-tables.js';
import { readMariadbSettings } from './mariadb-settings.js';
import { readNote } from './note-written.js';
import { MARKER } from './own-tables.js';
import { quoteName, quoteText } from './quote.js';
import { accessServer } from './server-access.js';

/** Throws INCOMPLETE where a database stays, as something in it is in no point. */
export async function discardDatabases(context: AttemptContext): Promise<void> {
  const access = accessServer(context.component, readMariadbSettings(context));
  const session = await ClientSession.open(access, { signal: context.signal });
  try {
    const prefix = attemptPrefix(context.attempt);
    const found = await session.rows<{ name: string }>(
      `SELECT JSON_OBJECT('name', SCHEMA_NAME) FROM information_schema.SCHEMATA
       WHERE LEFT(SCHEMA_NAME, ${prefix.length}) = ${quoteText(prefix)} ORDER BY SCHEMA_NAME`,
    );
    const kept: SavepointError[] = [];
    for (const { name } of found) {
      const reason = name.endsWith('_old') ? await reasonToKeep(session, name) : undefined;
      if (reason === undefined) await session.run(`DROP DATABASE ${quoteName(name)}`);
      else kept.push(reason);
    }
    await session.close();
    if (kept[0] !== undefined) throw kept[0];
  } finally {
    session.kill();
  }
}

async function reasonToKeep(session: ClientSession, name: string): Promise<SavepointError | undefined> {
  const tables = await listTables(session, name);
  if (tables.length === 0) return undefined;
  if (!tables.includes(MARKER)) {
    return new SavepointError(
      'INCOMPLETE',
      `tables stand in ${name} that somebody else has put there. Look at them, and drop it when nobody needs it.`,
      { fields: { keptAs: name, tables } },
    );
  }
  const note = await readNote(session, name);
  if (note === undefined || note.written.length === 0) return undefined;
  return new SavepointError(
    'INCOMPLETE',
    `somebody wrote to ${note.written.join(', ')} of database ${note.database} between its safety point and its exchange. What stood there is kept as ${name}: look at it, and drop it when nobody needs it.`,
    { fields: { database: note.database, keptAs: name, tables: note.written } },
  );
}
