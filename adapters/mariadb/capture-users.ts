// Accounts of a MariaDB server that have grants on databases: how each is made, and what it may do there.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { ClientSession } from './client-session.js';
import { quoteAccount, quoteTexts } from './quote.js';

export interface UserRecord {
  readonly user: string;
  /** Null of a role. */
  readonly host: string | null;
  /** What follows its name in CREATE USER, with its password hashed; empty of a role. */
  readonly clause: string;
  /** The statements that grant it what it may in the databases, in order. */
  readonly grants: readonly string[];
}

interface FoundGrantee {
  readonly user: string;
  readonly host: string;
  readonly isRole: number;
}

/** Throws PERMISSION_DENIED where the server does not say. */
export async function capturedUsers(
  session: ClientSession,
  databases: readonly string[],
): Promise<UserRecord[]> {
  if (databases.length === 0) return [];
  const grantees = await findGrantees(session, databases).catch((error) => {
    if (!isSavepointError(error, 'PERMISSION_DENIED')) throw error;
    throw new SavepointError(
      'PERMISSION_DENIED',
      `the accounts of the server can't be read: ${error.message} Grant SELECT on mysql.*, or set 'users: false'.`,
      { fields: error.fields, cause: error },
    );
  });
  const users: UserRecord[] = [];
  for (const grantee of grantees) users.push(await readUser(session, grantee, databases));
  return users;
}

async function findGrantees(session: ClientSession, databases: readonly string[]): Promise<FoundGrantee[]> {
  const names = quoteTexts(databases);
  const matching = databases.map((name) => `${quoteTexts([name])} LIKE Db`).join(' OR ');
  // A table of MariaDB's own tells roles from accounts.
  const { hasRoles } = await session.row<{ hasRoles: number }>(
    `SELECT JSON_OBJECT('hasRoles', COUNT(*)) FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = 'mysql' AND TABLE_NAME = 'user' AND COLUMN_NAME = 'is_role'`,
  );
  const isRole = hasRoles === 0 ? '0' : "IF(u.is_role = 'Y', 1, 0)";
  return session.rows<FoundGrantee>(
    `SELECT DISTINCT JSON_OBJECT('user', u.User, 'host', u.Host, 'isRole', ${isRole}) FROM mysql.user AS u JOIN (
       SELECT User, Host FROM mysql.db WHERE ${matching}
       UNION SELECT User, Host FROM mysql.tables_priv WHERE Db IN (${names})
       UNION SELECT User, Host FROM mysql.columns_priv WHERE Db IN (${names})
       UNION SELECT User, Host FROM mysql.procs_priv WHERE Db IN (${names})) AS granted
     ON granted.User = u.User AND granted.Host = u.Host ORDER BY 1`,
  );
}

/** Who is there, and as what. */
export async function readUser(
  session: ClientSession,
  { user, host, isRole }: FoundGrantee,
  databases: readonly string[],
): Promise<UserRecord> {
  const account = { user, host: isRole === 1 ? null : host };
  const quoted = quoteAccount(account);
  let clause = '';
  if (isRole !== 1) {
    const [[create]] = (await session.values(`SHOW CREATE USER ${quoted}`)) as [[string]];
    clause = create.slice(`CREATE USER ${quoted}`.length);
  }
  return { ...account, clause, grants: await readGrants(session, account, databases) };
}

/** `GRANT … ON [PROCEDURE] `DATABASE`.…`; in the name of a database, '_' and '%' may stand behind a backslash. */
const ON = /^GRANT .*? ON (?:(?:PROCEDURE|FUNCTION|PACKAGE|PACKAGE BODY) )?`((?:[^`]|``)*)`\./s;

export async function readGrants(
  session: ClientSession,
  account: Pick<UserRecord, 'user' | 'host'>,
  databases: readonly string[],
): Promise<string[]> {
  const shown = await session.values(`SHOW GRANTS FOR ${quoteAccount(account)}`);
  const grants = shown
    .map(([grant]) => grant as string)
    .filter((grant) => {
      const [, pattern] = ON.exec(grant) ?? [];
      return pattern !== undefined && databases.some((name) => isLike(name, pattern.replaceAll('``', '`')));
    });
  return grants.sort();
}

/** As LIKE has it. */
function isLike(name: string, pattern: string): boolean {
  const source = pattern.replaceAll(/\\([\s\S])|%|_|[^\w\s]/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return /[\w\s]/.test(escaped) ? escaped : `\\${escaped}`;
    return found === '%' ? '.*' : found === '_' ? '.' : `\\${found}`;
  });
  return new RegExp(`^${source}$`, 's').test(name);
}

export async function isThere(
  session: ClientSession,
  { user, host }: Pick<UserRecord, 'user' | 'host'>,
): Promise<boolean> {
  const { count } = await session.row<{ count: number }>(
    `SELECT JSON_OBJECT('count', COUNT(*)) FROM mysql.user WHERE User = ${quoteTexts([user])} AND Host = ${quoteTexts([host ?? ''])}`,
  );
  return count > 0;
}
