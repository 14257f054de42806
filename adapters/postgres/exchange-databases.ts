// Exchanges databases for those that were made ready: each in one transaction, in which both get their names. Every function
// looks at what stands under which name, and so may be called again after a crash.

import { isSavepointError, SavepointError } from '../../store/errors.js';
import { asProblem } from '../database/about-object.js';
import type { ApplyContext, JsonValue, StateProblem } from '../state/state-adapter.js';
import { rowsWrittenIn } from './capture-database.js';
import { closeConnections } from './close-connections.js';
import { openMaintenance } from './open-maintenance.js';
import { ownComment } from './own-database.js';
import { readPostgresSettings } from './postgres-settings.js';
import { PsqlSession } from './psql-session.js';
import { putRole } from './put-roles.js';
import { quoteName, quoteText } from './quote.js';
import { accessServer } from './server-access.js';
import { findOid, type PreparedCluster, type PreparedDatabase } from './stage-databases.js';

/** No session is left in what is exchanged, and none gets in. */
export function stopDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const { drainMs } = readPostgresSettings(context);
  return forEach(prepared, context, async (each, session) => {
    if (each.do === 'reopen' || (await isDone(each, session))) return;
    if ((await findOid(session, each.database)) === undefined) return;
    await closeConnections(session, each.database, drainMs);
  });
}

export async function applyDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const { roles } = prepared as unknown as PreparedCluster;
  const { drainMs } = readPostgresSettings(context);
  const ofRoles =
    roles.length === 0
      ? []
      : await withMaintenance(prepared, context, async (session) => {
          const problems: StateProblem[] = [];
          for (const role of roles) {
            const object = `role ${role.name}`;
            problems.push(...(await asProblem(object, () => putRole(session, role))));
            context.done({ object });
          }
          return problems;
        });
  const ofDatabases = await forEach(prepared, context, async (each, session) => {
    if (!(await isDone(each, session))) {
      if (each.do !== 'reopen' && (await findOid(session, each.database)) !== undefined)
        await closeConnections(session, each.database, drainMs);
      await exchange(each, session, context);
    }
    if (each.do !== 'remove')
      await session.run(`ALTER DATABASE ${quoteName(each.database)} ALLOW_CONNECTIONS true`);
    context.done({ object: `database ${each.database}` });
  });
  return [...ofRoles, ...ofDatabases];
}

/** Both names change at once, or none. */
async function exchange(
  each: PreparedDatabase,
  session: PsqlSession,
  { attempt, takesBack }: ApplyContext,
): Promise<void> {
  const { database, staged, aside } = each;
  if (each.do === 'reopen') return;
  const statements: string[] = [];
  if ((await findOid(session, database)) !== undefined) {
    statements.push(`ALTER DATABASE ${quoteName(database)} RENAME TO ${quoteName(aside)}`);
    // What is taken back was never good: nobody wants what was written there.
    const rows = takesBack === undefined ? await rowsSince(session, each) : 0;
    statements.push(comment(aside, ownComment({ role: 'old', attempt, database, rows })));
  }
  if (staged !== null) {
    statements.push(`ALTER DATABASE ${quoteName(staged.name)} RENAME TO ${quoteName(database)}`);
    statements.push(comment(database, each.comment));
  }
  await session.run('BEGIN');
  try {
    for (const statement of statements) await session.run(statement);
    await session.run('COMMIT');
  } catch (error) {
    if (!isSavepointError(error, 'STATE_UNREADABLE')) await session.run('ROLLBACK');
    throw error;
  }
}

function comment(database: string, text: string | null): string {
  return `COMMENT ON DATABASE ${quoteName(database)} IS ${text === null ? 'NULL' : quoteText(text)}`;
}

/** How many rows were written since the safety point was taken, once nobody writes any more. */
async function rowsSince(session: PsqlSession, { database, rowsWritten }: PreparedDatabase): Promise<number> {
  if (rowsWritten === null) return 0;
  const { rowsWritten: now } = await session.row<{ rowsWritten: number }>(rowsWrittenIn(quoteText(database)));
  // A server that has begun to count anew knows nothing, and so it is kept.
  return now < rowsWritten ? now + 1 : now - rowsWritten;
}

/** Whether what was made ready stands under its name. */
async function isDone(
  { database, staged, aside, do: verb }: PreparedDatabase,
  session: PsqlSession,
): Promise<boolean> {
  if (verb === 'reopen') return false;
  const live = await findOid(session, database);
  if (staged !== null) return live === staged.oid;
  return live === undefined && (await findOid(session, aside)) !== undefined;
}

/** What is not there, or lets nobody in. */
export async function verifyDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const access = accessServer(context.component, readPostgresSettings(context));
  return forEach(prepared, context, async (each, session) => {
    const live = await findOid(session, each.database);
    if (each.do !== 'reopen' && live !== each.staged?.oid) {
      throw new SavepointError(
        'TARGET_CONFLICT',
        'it is not the one that was put there: somebody else has exchanged it. Leave that to one of both, and repeat.',
        { fields: { database: each.database } },
      );
    }
    if (each.do === 'remove') return;
    const inside = await PsqlSession.open(access, { database: each.database, signal: context.signal });
    await inside.close();
  });
}

async function forEach(
  prepared: JsonValue,
  context: ApplyContext,
  work: (each: PreparedDatabase, session: PsqlSession) => Promise<void>,
): Promise<StateProblem[]> {
  const { databases } = prepared as unknown as PreparedCluster;
  if (databases.length === 0) return [];
  return withMaintenance(prepared, context, async (session) => {
    const problems: StateProblem[] = [];
    for (const each of databases)
      problems.push(...(await asProblem(`database ${each.database}`, () => work(each, session))));
    return problems;
  });
}

async function withMaintenance<T>(
  prepared: JsonValue,
  context: ApplyContext,
  work: (session: PsqlSession) => Promise<T>,
): Promise<T> {
  const { databases } = prepared as unknown as PreparedCluster;
  const access = accessServer(context.component, readPostgresSettings(context));
  const except = databases.map(({ database }) => database);
  const session = await openMaintenance(access, { except, signal: context.signal });
  try {
    const result = await work(session);
    await session.close();
    return result;
  } finally {
    session.kill();
  }
}
