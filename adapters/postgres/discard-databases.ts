// Takes away what an attempt has made at a server: databases under names of its own, and roles that were never put back.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { attemptPrefix } from '../database/attempt-names.js';
import type { AttemptContext } from '../state/state-adapter.js';
import { openMaintenance } from './open-maintenance.js';
import { type OwnDatabase, parseOwnComment } from './own-database.js';
import { readPostgresSettings } from './postgres-settings.js';
import { PsqlSession } from './psql-session.js';
import { dropPlaceholders } from './put-roles.js';
import { quoteName, quoteText } from './quote.js';
import { accessServer, type ServerAccess } from './server-access.js';

/** Throws INCOMPLETE where a database stays, as something in it is in no point. */
export async function discardDatabases(context: AttemptContext): Promise<void> {
  await discardAttempt(accessServer(context.component, readPostgresSettings(context)), context.attempt);
}

export async function discardAttempt(access: ServerAccess, attempt: string): Promise<void> {
  const session = await openMaintenance(access);
  try {
    const kept: SavepointError[] = [];
    for (const found of await ownDatabases(session, attempt)) {
      const own = parseOwnComment(found.comment ?? '');
      if (own !== undefined && own.rows > 0) kept.push(keptError(found.name, own));
      else if (own?.role === 'old') await dropDatabase(session, found.name);
      else await dropUnused(session, found.name, access);
    }
    await dropPlaceholders(session, attempt);
    await session.close();
    if (kept[0] !== undefined) throw kept[0];
  } finally {
    session.kill();
  }
}

async function ownDatabases(session: PsqlSession, attempt: string) {
  return session.rows<{ name: string; comment: string | null }>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database
     WHERE starts_with(datname, ${quoteText(attemptPrefix(attempt))})`,
  );
}

/** A database that was made ready has nothing that anybody needs. */
async function dropUnused(session: PsqlSession, name: string, access: ServerAccess): Promise<void> {
  try {
    // On a full disk, what is not yet written has to be before a database can be dropped: this makes room for it.
    await emptyDatabase(access, name);
  } catch (error) {
    if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
  }
  await dropDatabase(session, name);
}

async function dropDatabase(session: PsqlSession, name: string): Promise<void> {
  await session.run(`ALTER DATABASE ${quoteName(name)} IS_TEMPLATE false`);
  // 12 has no FORCE; there, nobody knows its name but sessions of a process that is gone.
  const { version } = await session.row<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  await session.run(`DROP DATABASE ${quoteName(name)}${version >= 130_000 ? ' WITH (FORCE)' : ''}`);
}

async function emptyDatabase(access: ServerAccess, database: string): Promise<void> {
  const session = await PsqlSession.open(access, { database });
  try {
    const schemas = await session.rows<{ name: string }>(
      "SELECT nspname AS name FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'",
    );
    for (const { name } of schemas) await session.run(`DROP SCHEMA ${quoteName(name)} CASCADE`);
    await session.close();
  } finally {
    session.kill();
  }
}

function keptError(name: string, { database, rows }: OwnDatabase): SavepointError {
  return new SavepointError(
    'INCOMPLETE',
    `${rows} rows were written in database ${database} between its safety point and its exchange. It is kept as ${name}, which takes no connections: look at it after ALTER DATABASE ${quoteName(name)} ALLOW_CONNECTIONS true, and drop it when nobody needs it.`,
    { fields: { database, keptAs: name, rows } },
  );
}
