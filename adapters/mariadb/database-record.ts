// What a MariaDB database is besides its content, and whether an account sees all of it.
import { SavepointError } from '../../store/errors.js';
import type { ClientSession } from './client-session.js';
import { quoteName, quoteText } from './quote.js';

export interface DatabaseRecord {
  readonly name: string;
  readonly characterSet: string;
  readonly collation: string;
  /** MariaDB's own, from 10.5 on; empty elsewhere. */
  readonly comment: string;
}

/** `undefined` where there is none. */
export async function findDatabase(
  session: ClientSession,
  name: string,
): Promise<DatabaseRecord | undefined> {
  const [found] = await session.rows<DatabaseRecord>(
    `SELECT JSON_OBJECT('name', SCHEMA_NAME, 'characterSet', DEFAULT_CHARACTER_SET_NAME, 'collation', DEFAULT_COLLATION_NAME,
      'comment', CONCAT('' /*M!100500 , SCHEMA_COMMENT */))
     FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${quoteText(name)}`,
  );
  return found;
}

/** What follows CREATE DATABASE or ALTER DATABASE. */
export function databaseClause({ characterSet, collation, comment }: DatabaseRecord, name: string): string {
  const text = `${quoteName(name)} CHARACTER SET ${characterSet} COLLATE ${collation}`;
  return `${text} /*M!100500 COMMENT ${quoteText(comment)} */`;
}

/** Without these, what an account has no other right for is not even shown to it. */
const NEEDED = ['SHOW VIEW', 'TRIGGER', 'EVENT', 'EXECUTE'];

/** Throws PERMISSION_DENIED where there may be more in a database than is shown. */
export async function requireFullView(session: ClientSession, database: string): Promise<void> {
  const found = await session.rows<{ privilege: string }>(
    `SELECT JSON_OBJECT('privilege', PRIVILEGE_TYPE) FROM (
      SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES
      UNION ALL SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES
        WHERE ${quoteText(database)} LIKE TABLE_SCHEMA) AS granted
     WHERE REPLACE(GRANTEE, '''', '') IN (CURRENT_USER(), COALESCE(CURRENT_ROLE(), ''), CONCAT(COALESCE(CURRENT_ROLE(), ''), '@'))`,
  );
  const has = new Set(found.map(({ privilege }) => privilege));
  const missing = NEEDED.filter((each) => !has.has(each));
  if (missing.length === 0) return;
  throw new SavepointError(
    'PERMISSION_DENIED',
    `database ${database}: the account lacks ${missing.join(', ')} on it, and so may not see all that is in it. GRANT SELECT, ${NEEDED.join(', ')}, LOCK TABLES ON ${quoteName(database)}.* TO it.`,
    { fields: { database, missing } },
  );
}
