// Captures what a component of kind `postgres` is: databases of one server, each of one instant, and the roles that they need.
import { SavepointError } from '../../store/errors.js';
import { encodeDocument } from '../state/json-document.js';
import type { CaptureContext, CapturedDocument, JsonValue } from '../state/state-adapter.js';
import { captureDatabase, type OpenDatabase, openDatabase } from './capture-database.js';
import { capturedRoles } from './capture-roles.js';
import { absentPath, databasePaths, rolePath, SERVER_PATH } from './document-paths.js';
import { openMaintenance } from './open-maintenance.js';
import { readPostgresSettings } from './postgres-settings.js';
import type { PsqlSession } from './psql-session.js';
import { quoteText } from './quote.js';
import { selectDatabases } from './select-databases.js';
import { accessServer } from './server-access.js';

/** The server itself, as it was captured. */
export interface ServerRecord {
  /** As server_version_num has it. */
  readonly version: number;
  readonly isStandby: boolean;
  /** Null where only a superuser may know. */
  readonly system: string | null;
  /** A mark in the write-ahead log, for recovery to this instant by other means; null where none could be set. */
  readonly restorePoint: string | null;
}

export async function* capturePostgres(context: CaptureContext): AsyncGenerator<CapturedDocument> {
  const settings = readPostgresSettings(context);
  const access = accessServer(context.component, settings);
  const maintenance = await openMaintenance(access, { signal: context.signal });
  const opened: OpenDatabase[] = [];
  try {
    const server = await readServer(maintenance, context.component);
    const names = await selectDatabases(maintenance, settings.databases ?? [access.database]);
    for (const name of names.missing) {
      await requireKnown(name, context);
      yield { path: absentPath(name), content: encodeDocument({ database: name }) };
    }
    // One soon after the other: their instants differ by no more than that takes.
    for (const name of names.found) opened.push(await openDatabase(access, name, context.signal));
    yield { path: SERVER_PATH, content: encodeDocument(server as unknown as JsonValue) };
    if (settings.roles) {
      const all = settings.databases?.includes('*') === true;
      for (const role of await capturedRoles(maintenance, { databases: names.found, all }))
        yield { path: rolePath(role.name), content: encodeDocument(role as unknown as JsonValue) };
    }
    const { jobs, lockTimeoutMs } = settings;
    const means = { access, context, version: server.version, jobs, lockTimeoutMs };
    for (const database of opened) {
      yield* captureDatabase(database, means);
      await database.lead.close();
    }
    await maintenance.close();
  } finally {
    for (const { lead } of opened) lead.kill();
    maintenance.kill();
  }
}

const SYSTEM = `
  CASE WHEN has_function_privilege('pg_control_system()', 'execute')
    THEN (SELECT system_identifier::text FROM pg_control_system()) END AS system`;

/** What tells a server from all others; null where only a superuser may know. */
export async function readSystem(session: PsqlSession): Promise<string | null> {
  return (await session.row<Pick<ServerRecord, 'system'>>(`SELECT ${SYSTEM}`)).system;
}

const SERVER = `
SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS "isStandby", ${SYSTEM},
  has_function_privilege('pg_create_restore_point(text)', 'execute') AND NOT pg_is_in_recovery()
    AND current_setting('wal_level') <> 'minimal' AS "canMark"`;

/** The first version with all that is asked of a server here. */
const OLDEST_VERSION = 120_000;

async function readServer(session: PsqlSession, component: string): Promise<ServerRecord> {
  const { canMark, ...server } = await session.row<Omit<ServerRecord, 'restorePoint'> & { canMark: boolean }>(
    SERVER,
  );
  if (server.version < OLDEST_VERSION) {
    throw new SavepointError(
      'UNSUPPORTED',
      `the server is of version ${Math.floor(server.version / 10_000)}; those from 12 on can be captured. Upgrade it.`,
      { fields: { found: server.version, expected: OLDEST_VERSION } },
    );
  }
  if (!canMark) return { ...server, restorePoint: null };
  const restorePoint = `savepoint ${component.slice(0, 30)} ${new Date().toISOString()}`;
  await session.row(`SELECT pg_create_restore_point(${quoteText(restorePoint)})::text AS lsn`);
  return { ...server, restorePoint };
}

/** A database that is not there is a state like any other, but only where it was known once; else its name is wrong. */
async function requireKnown(name: string, context: CaptureContext): Promise<void> {
  const before = await context.previous();
  for (const path of [databasePaths(name).record, absentPath(name)])
    if ((await before?.read(path)) !== undefined) return;
  throw new SavepointError(
    'STATE_UNREADABLE',
    `the server has no database '${name}'. Create it, or mend the configuration.`,
    { fields: { database: name } },
  );
}
