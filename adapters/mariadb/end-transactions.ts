// Lets transactions in a database come to their end, and ends those that do not: whoever has used a table in one keeps it from
// being renamed. Sessions that do nothing are in nobody's way.
import { setTimeout as delay } from 'node:timers/promises';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { ClientSession } from './client-session.js';
import { quoteText } from './quote.js';
import type { ServerAccess } from './server-access.js';

/** InnoDB shows what it was when it was last asked, if that is less than 100 ms ago. */
const LOOK_MS = 150;
/** How long one that was told to end may take to. */
const END_MS = 15_000;

export interface EndMeans {
  readonly access: ServerAccess;
  readonly database: string;
  readonly drainMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Those that begin meanwhile are not waited for: there may always be some. Throws STATE_BUSY, PERMISSION_DENIED. */
export async function endTransactions({ access, database, drainMs, signal }: EndMeans): Promise<void> {
  const session = await ClientSession.open(access, { signal });
  try {
    await delay(LOOK_MS);
    let left = await findBusy(session, database);
    const stillBusy = async () => {
      const now = await findBusy(session, database);
      return left.filter((each) => now.some((other) => other.id === each.id && other.since === each.since));
    };
    const drained = Date.now() + drainMs;
    while (left.length > 0 && Date.now() < drained) {
      await delay(LOOK_MS);
      left = await stillBusy();
    }
    for (const { id } of left) await killConnection(access, id);
    const ended = Date.now() + END_MS;
    while (left.length > 0) {
      await delay(LOOK_MS);
      left = await stillBusy();
      if (left.length > 0 && Date.now() > ended)
        throw busyError(
          database,
          left.map(({ id }) => id),
        );
    }
    await session.close();
  } finally {
    session.kill();
  }
}

interface BusySession {
  readonly id: number;
  /** Tells a transaction, or a statement, from a later one of the same session. */
  readonly since: string;
}

/** Sessions in the database with a transaction under way, or a statement that locks. */
export function findBusy(session: ClientSession, database: string): Promise<BusySession[]> {
  return session.rows<BusySession>(
    `SELECT JSON_OBJECT('id', p.ID, 'since', CAST(t.trx_id AS CHAR)) FROM information_schema.PROCESSLIST AS p
     JOIN information_schema.INNODB_TRX AS t ON t.trx_mysql_thread_id = p.ID
     WHERE p.DB = ${quoteText(database)} AND p.ID <> CONNECTION_ID()`,
  );
}

/** Of no server's any more: it has ended by itself. */
const UNKNOWN_THREAD = 1094;
const NOT_THE_OWNER = 1095;

async function killConnection(access: ServerAccess, id: number): Promise<void> {
  const session = await ClientSession.open(access);
  try {
    await session.run(`KILL CONNECTION ${id}`);
    await session.close();
  } catch (error) {
    const number = isSavepointError(error) ? error.fields['number'] : undefined;
    if (number !== UNKNOWN_THREAD && number !== NOT_THE_OWNER) throw error;
    if (number === NOT_THE_OWNER) throw notAllowed(id, error);
  } finally {
    session.kill();
  }
}

function notAllowed(id: number, cause: unknown): SavepointError {
  return new SavepointError(
    'STATE_BUSY',
    `session ${id} has a transaction that does not end, and the account may not end it. Grant it CONNECTION ADMIN (MySQL: CONNECTION_ADMIN), or end that session, and repeat.`,
    { fields: { session: id }, cause },
  );
}

function busyError(database: string, sessions: readonly number[]): SavepointError {
  return new SavepointError(
    'STATE_BUSY',
    `database ${database}: the sessions ${sessions.join(', ')} do not end their transactions. See what they do (SHOW PROCESSLIST), and repeat.`,
    { fields: { database, sessions } },
  );
}
