// Sessions at a database that is being made: several at once, in its own encoding, and none that waits for a disk.
import { PsqlSession } from './psql-session.js';
import { quoteText } from './quote.js';
import type { ServerAccess } from './server-access.js';

export interface LoadingMeans {
  readonly access: ServerAccess;
  readonly database: string;
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What they commit is made durable by who exchanges the database: the log is written in one order. */
export const LOAD_SETTINGS = [
  'synchronous_commit = off',
  "maintenance_work_mem = '256MB'",
  'lock_timeout = 0',
];

/** Has `work` done by as many sessions as there may be, at once. */
export async function inSessions(
  { access, database, jobs, signal }: LoadingMeans,
  encoding: string,
  work: (session: PsqlSession) => Promise<void>,
): Promise<void> {
  const sessions: PsqlSession[] = [];
  try {
    for (let job = 0; job < jobs; job++) {
      const session = await PsqlSession.open(access, { database, signal });
      sessions.push(session);
      for (const setting of LOAD_SETTINGS) await session.run(`SET ${setting}`);
      await session.run(`SET client_encoding = ${quoteText(encoding)}`);
    }
    await Promise.all(sessions.map(work));
    for (const session of sessions) await session.close();
  } finally {
    for (const session of sessions) session.kill();
  }
}
