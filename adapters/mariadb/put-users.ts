// Puts accounts of a MariaDB server back as they were, with what they may do in the databases. Repeatable.
import { isThere, readGrants, type UserRecord } from './capture-users.js';
import type { ClientSession } from './client-session.js';
import { quoteAccount } from './quote.js';

export async function putUser(
  session: ClientSession,
  record: UserRecord,
  databases: readonly string[],
): Promise<void> {
  const quoted = quoteAccount(record);
  if (!(await isThere(session, record))) {
    await session.run(
      record.host === null ? `CREATE ROLE ${quoted}` : `CREATE USER ${quoted}${record.clause}`,
    );
  } else if (record.host !== null && record.clause !== '')
    await session.run(`ALTER USER ${quoted}${record.clause}`);
  const live = await readGrants(session, record, databases);
  for (const grant of live) if (!record.grants.includes(grant)) await revoke(session, grant);
  for (const grant of record.grants) await session.run(grant);
}

/** Of an account that a point does not have: what it may do in the databases; it itself stays. */
export async function takeGrants(
  session: ClientSession,
  record: UserRecord,
  databases: readonly string[],
): Promise<void> {
  if (!(await isThere(session, record))) return;
  for (const grant of await readGrants(session, record, databases)) await revoke(session, grant);
}

const GRANT = /^GRANT (.*? ON .*?) TO (.*?)( WITH GRANT OPTION)?$/s;

async function revoke(session: ClientSession, grant: string): Promise<void> {
  const [, what, whom, option] = GRANT.exec(grant) ?? [];
  if (what === undefined) throw new Error('savepoint bug: a grant of another form');
  if (option !== undefined)
    await session.run(`REVOKE GRANT OPTION ON ${what.slice(what.indexOf(' ON ') + 4)} FROM ${whom}`);
  if (!what.startsWith('USAGE ')) await session.run(`REVOKE ${what} FROM ${whom}`);
}
