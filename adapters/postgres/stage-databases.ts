// Makes ready what a rollback of databases needs: each new database whole and checked, beside the one in use. What stands
// aside from an attempt that is taken back is taken as it is.
import { SavepointError } from '../../store/errors.js';
import { attemptNames, OWN_PREFIX } from '../database/attempt-names.js';
import { readDocument } from '../state/json-document.js';
import type { JsonValue, StageContext, StateStep } from '../state/state-adapter.js';
import { buildDatabase } from './build-database.js';
import type { Position } from './capture-database.js';
import type { ServerRecord } from './capture-postgres.js';
import type { RoleRecord } from './capture-roles.js';
import { databasePaths, positionPath, rolesPrefix, SERVER_PATH } from './document-paths.js';
import { openMaintenance } from './open-maintenance.js';
import { ownComment, parseOwnComment } from './own-database.js';
import type { DatabaseStep } from './plan-databases.js';
import { readPostgresSettings } from './postgres-settings.js';
import type { PsqlSession } from './psql-session.js';
import { findRoles, makePlaceholder } from './put-roles.js';
import { quoteText } from './quote.js';
import { accessServer } from './server-access.js';
import type { StoredDatabase } from './stored-database.js';

/** What is done when it is decided. */
export interface PreparedDatabase {
  readonly database: string;
  /** The one that gets its name; none where it is removed, or where it only is to take connections again. */
  readonly staged: { readonly name: string; readonly oid: number } | null;
  /** What the one in use is called afterwards. */
  readonly aside: string;
  readonly do: 'replace' | 'create' | 'remove' | 'reopen';
  /** Of the point's. */
  readonly comment: string | null;
  /** Rows that had been written in the one in use when the safety point was taken. */
  readonly rowsWritten: number | null;
}

export interface PreparedCluster {
  readonly databases: readonly PreparedDatabase[];
  readonly roles: readonly RoleRecord[];
}

export async function stageDatabases(steps: readonly StateStep[], context: StageContext): Promise<JsonValue> {
  const wanted = steps.map(({ data }) => data as unknown as DatabaseStep);
  const databases = wanted.flatMap((each) => ('database' in each ? [each] : []));
  const roles = wanted.flatMap((each) => ('role' in each ? [each.role] : []));
  if (wanted.length === 0) return { databases: [], roles: [] };
  const settings = readPostgresSettings(context);
  const access = accessServer(context.component, settings);
  const maintenance = await openMaintenance(access, {
    except: databases.map(({ database }) => database),
    signal: context.signal,
  });
  try {
    await requireNoOlder(maintenance, context);
    await requireAlone(
      maintenance,
      databases.map(({ database }) => database),
      context,
    );
    await makeRoles(maintenance, context);
    const prepared: PreparedDatabase[] = [];
    for (const step of databases) {
      const means = { access, reader: context.to, maintenance, jobs: settings.jobs, signal: context.signal };
      prepared.push(await stageOne(step, context, means));
    }
    await requireAlone(
      maintenance,
      databases.map(({ database }) => database),
      context,
    );
    await maintenance.close();
    return { databases: prepared, roles } as unknown as JsonValue;
  } finally {
    maintenance.kill();
  }
}

async function stageOne(
  { database, do: verb }: Extract<DatabaseStep, { database: string }>,
  context: StageContext,
  means: Parameters<typeof buildDatabase>[2],
): Promise<PreparedDatabase> {
  const { attempt, takesBack, from, to } = context;
  const { maintenance } = means;
  const { staged, aside } = attemptNames(attempt, database);
  const position = await readDocument<Position>(from, positionPath(database));
  const prepared = { database, aside, do: verb, comment: null, rowsWritten: position?.rowsWritten ?? null };
  if (verb === 'remove') return { ...prepared, staged: null };
  const record = await readDocument<StoredDatabase['record']>(to, databasePaths(database).record);
  const comment = record?.comment ?? null;
  if (takesBack !== undefined) {
    // What it leads back to is still there: as it was, and whole.
    const name = attemptNames(takesBack, database).aside;
    const oid = await findOid(maintenance, name);
    if (oid !== undefined) return { ...prepared, comment, staged: { name, oid } };
    const wasStaged = (await findOid(maintenance, attemptNames(takesBack, database).staged)) !== undefined;
    const isThere = (await findOid(maintenance, database)) !== undefined;
    if (wasStaged && isThere) return { ...prepared, comment, staged: null, do: 'reopen' };
  }
  await buildDatabase(
    database,
    { staged, comment: ownComment({ role: 'new', attempt, database, rows: 0 }) },
    means,
  );
  const oid = (await findOid(maintenance, staged)) as number;
  return { ...prepared, comment, staged: { name: staged, oid } };
}

export async function findOid(session: PsqlSession, database: string): Promise<number | undefined> {
  const [found] = await session.rows<{ oid: number }>(
    `SELECT oid FROM pg_database WHERE datname = ${quoteText(database)}`,
  );
  return found === undefined ? undefined : Number(found.oid);
}

async function requireNoOlder(session: PsqlSession, context: StageContext): Promise<void> {
  const server = await readDocument<ServerRecord>(context.to, SERVER_PATH);
  const { version } = await session.row<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  const major = (of: number) => Math.floor(of / 10_000);
  if (server === undefined || major(server.version) <= major(version)) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `the point has databases of a server of version ${major(server.version)}, and this one is of version ${major(version)}. Upgrade it to that version, or roll back to a point of before.`,
    { fields: { component: context.component, expected: server.version, found: version } },
  );
}

/** Two rollbacks of one database at once would each take the other's for the one in use. */
async function requireAlone(
  session: PsqlSession,
  databases: readonly string[],
  { component, attempt, takesBack }: StageContext,
): Promise<void> {
  const rows = await session.rows<{ name: string; comment: string | null }>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE starts_with(datname, ${quoteText(OWN_PREFIX)})`,
  );
  for (const { name, comment } of rows) {
    const own = parseOwnComment(comment ?? '');
    if (own === undefined || own.rows > 0 || !databases.includes(own.database)) continue;
    if (own.attempt === attempt || own.attempt === takesBack) continue;
    throw new SavepointError(
      'LOCKED',
      `another rollback of database ${own.database} is under way, or was interrupted (operation ${own.attempt}). Wait for its end, or run 'savepoint recover' with its store; where it is long over, drop the database ${name} that it has left.`,
      { fields: { component, database: own.database, attempt: own.attempt } },
    );
  }
}

/** Roles that what is made ready belongs to, and that are not there. */
async function makeRoles(session: PsqlSession, { to, attempt }: StageContext): Promise<void> {
  const live = await findRoles(session);
  for (const path of await to.list(rolesPrefix)) {
    const role = await readDocument<RoleRecord>(to, path);
    if (role !== undefined && !live.has(role.name)) await makePlaceholder(session, role.name, attempt);
  }
}
