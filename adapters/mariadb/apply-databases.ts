// Stops, exchanges and verifies the databases that were made ready, and puts accounts back. Every function looks at what stands
// where, and so may be called again after a crash.
import { SavepointError } from '../../store/errors.js';
import { aboutObject, asProblem } from '../database/about-object.js';
import { OWN_PREFIX } from '../database/attempt-names.js';
import type { ApplyContext, JsonValue, StateProblem } from '../state/state-adapter.js';
import { findDatabase } from './database-record.js';
import { endTransactions } from './end-transactions.js';
import {
  type ExchangeMeans,
  exchangeDatabase,
  exchangeMeans,
  isExchanged,
  withSession,
} from './exchange-tables.js';
import { noteWritten } from './note-written.js';
import { putUser, takeGrants } from './put-users.js';
import { quoteQualified, quoteText } from './quote.js';
import type { PreparedDatabase, PreparedServer } from './stage-databases.js';

/** Transactions that are under way come to their end; those that begin later wait while tables are renamed. */
export function stopDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  return forEach(prepared, context, async (each, means) => {
    if (each.staged === null || (await isExchanged(each, means))) return;
    await endTransactions({ ...means, database: each.database });
  });
}

export async function applyDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const { users, names, isMariadb } = prepared as unknown as PreparedServer;
  const ofDatabases = await forEach(prepared, context, async (each, means) => {
    await exchangeDatabase(each, means);
    // What is taken back was never good: nobody wants what was written there.
    if (context.takesBack === undefined) await noteWritten(each, means);
    context.done({ object: `database ${each.database}` });
  });
  const means = exchangeMeans(context, isMariadb);
  const ofUsers: StateProblem[] = [];
  for (const { user, do: verb } of users) {
    const object = `user ${user.user}${user.host === null ? '' : `@${user.host}`}`;
    const put = verb === 'revoke' ? takeGrants : putUser;
    ofUsers.push(
      ...(await asProblem(object, () => withSession(means, (session) => put(session, user, names)))),
    );
    context.done({ object });
  }
  return [...ofDatabases, ...ofUsers];
}

/** What is not there, or not whole. */
export function verifyDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  return forEach(prepared, context, async (each, means) => {
    const { database, staged } = each;
    if (staged !== null && !(await isExchanged(each, means)))
      throw conflict(
        'its tables are not those that were put there: somebody else has exchanged them',
        database,
      );
    await withSession(means, async (session) => {
      const isThere = (await findDatabase(session, database)) !== undefined;
      if (isThere === (each.do === 'remove'))
        throw conflict(isThere ? 'somebody has made it anew' : 'somebody has removed it', database);
      const strayed = await session.values(
        `SELECT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS
         WHERE CONSTRAINT_SCHEMA = ${quoteText(database)} AND (LEFT(UNIQUE_CONSTRAINT_SCHEMA, ${OWN_PREFIX.length}) = ${quoteText(OWN_PREFIX)}
           OR LEFT(REFERENCED_TABLE_NAME, ${OWN_PREFIX.length}) = ${quoteText(OWN_PREFIX)})`,
      );
      if (strayed[0] !== undefined)
        throw conflict(
          `the foreign key ${strayed[0][1]} of ${strayed[0][0]} refers to a table that was put aside`,
          database,
        );
      for (const { kind, name, isBroken } of each.programs) {
        if (kind !== 'view' || isBroken === true) continue;
        await aboutObject(`view ${name}`, () =>
          session.run(`SELECT 1 FROM ${quoteQualified(database, name)} LIMIT 0`),
        );
      }
    });
  });
}

function conflict(what: string, database: string): SavepointError {
  return new SavepointError('TARGET_CONFLICT', `${what}. Leave that to one of both, and repeat.`, {
    fields: { database },
  });
}

async function forEach(
  prepared: JsonValue,
  context: ApplyContext,
  work: (each: PreparedDatabase, means: ExchangeMeans) => Promise<void>,
): Promise<StateProblem[]> {
  const { databases, isMariadb } = prepared as unknown as PreparedServer;
  if (databases.length === 0) return [];
  const means = exchangeMeans(context, isMariadb);
  const problems: StateProblem[] = [];
  for (const each of databases)
    problems.push(...(await asProblem(`database ${each.database}`, () => work(each, means))));
  return problems;
}
