// Has a PostgreSQL database to itself: no new session gets in, those that are at work may end what they do, and then are ended.
import { setTimeout as delay } from 'node:timers/promises';
import { SavepointError } from '../../store/errors.js';
import type { PsqlSession } from './psql-session.js';
import { quoteName, quoteText } from './quote.js';

const LOOK_MS = 20;
/** How long one that was told to end may take to. */
const END_MS = 15_000;

/** Throws STATE_BUSY where sessions, or prepared transactions, do not end. Repeatable. */
export async function closeConnections(
  session: PsqlSession,
  database: string,
  drainMs: number,
): Promise<void> {
  await session.run(`ALTER DATABASE ${quoteName(database)} ALLOW_CONNECTIONS false`);
  const drained = Date.now() + drainMs;
  while ((await countBusy(session, database)) > 0 && Date.now() < drained) await delay(LOOK_MS);
  const ended = Date.now() + END_MS;
  for (;;) {
    const left = await terminate(session, database);
    if (left === 0) break;
    if (Date.now() > ended) throw stillBusy(database, `${left} sessions do not end`);
    await delay(LOOK_MS);
  }
  const [prepared] = await session.rows<{ id: string }>(
    `SELECT gid AS id FROM pg_prepared_xacts WHERE database = ${quoteText(database)} LIMIT 1`,
  );
  if (prepared !== undefined)
    throw stillBusy(database, `the prepared transaction ${prepared.id} is in the way`);
}

/** Sessions with a transaction under way. */
async function countBusy(session: PsqlSession, database: string): Promise<number> {
  const { count } = await session.row<{ count: number }>(
    `SELECT count(*) AS count FROM pg_stat_activity
     WHERE datname = ${quoteText(database)} AND backend_type = 'client backend' AND xact_start IS NOT NULL`,
  );
  return count;
}

/** Tells all that are left to end; answers how many there were. */
async function terminate(session: PsqlSession, database: string): Promise<number> {
  const { count } = await session.row<{ count: number }>(
    `SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity
     WHERE datname = ${quoteText(database)} AND pid <> pg_backend_pid()`,
  );
  return count;
}

function stillBusy(database: string, what: string): SavepointError {
  return new SavepointError(
    'STATE_BUSY',
    `${what}, and so the database can't be exchanged. End that (pg_stat_activity and pg_prepared_xacts name it), and repeat.`,
    { fields: { database } },
  );
}
