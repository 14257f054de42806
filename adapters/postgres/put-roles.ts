// Puts roles of a PostgreSQL server back as they were. Those that are missing are made in two steps: first without any right,
// so that what belongs to them can be made ready, and all else once it is decided.
import type { RoleRecord } from './capture-roles.js';
import { settingClause } from './database-record.js';
import type { PsqlSession } from './psql-session.js';
import { quoteName, quoteText } from './quote.js';

/** What tells a role that was made for an attempt, until it is put back. */
export function placeholderComment(attempt: string): string {
  return `savepoint: for ${attempt}`;
}

export async function findRoles(session: PsqlSession): Promise<Set<string>> {
  const rows = await session.rows<{ name: string }>('SELECT rolname AS name FROM pg_roles');
  return new Set(rows.map(({ name }) => name));
}

/** Nobody can log in as it. */
export async function makePlaceholder(session: PsqlSession, role: string, attempt: string): Promise<void> {
  await session.run(`CREATE ROLE ${quoteName(role)} NOLOGIN`);
  await session.run(`COMMENT ON ROLE ${quoteName(role)} IS ${quoteText(placeholderComment(attempt))}`);
}

/** Those of an attempt that were never put back. */
export async function dropPlaceholders(session: PsqlSession, attempt: string): Promise<void> {
  const rows = await session.rows<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = ${quoteText(placeholderComment(attempt))}`,
  );
  for (const { name } of rows) await session.run(`DROP ROLE ${quoteName(name)}`);
}

/** Repeatable. */
export async function putRole(session: PsqlSession, role: RoleRecord): Promise<void> {
  const name = quoteName(role.name);
  if (!(await findRoles(session)).has(role.name)) await session.run(`CREATE ROLE ${name}`);
  await session.run(
    `ALTER ROLE ${name} ${role.attributes.join(' ')} CONNECTION LIMIT ${role.connectionLimit}`,
  );
  await session.run(`ALTER ROLE ${name} VALID UNTIL ${quoteText(role.validUntil ?? 'infinity')}`);
  if (role.knowsPassword) {
    const password = role.password === null ? 'NULL' : quoteText(role.password);
    await session.run(`ALTER ROLE ${name} PASSWORD ${password}`);
  }
  await session.run(`ALTER ROLE ${name} RESET ALL`);
  for (const setting of role.settings) await session.run(`ALTER ROLE ${name} SET ${settingClause(setting)}`);
  await putMemberships(session, role);
  const comment = role.comment === null ? 'NULL' : quoteText(role.comment);
  await session.run(`COMMENT ON ROLE ${name} IS ${comment}`);
}

async function putMemberships(session: PsqlSession, { name, memberOf }: RoleRecord): Promise<void> {
  const member = quoteName(name);
  const live = await session.rows<{ role: string; isAdmin: boolean }>(
    `SELECT g.rolname AS role, bool_or(m.admin_option) AS "isAdmin" FROM pg_auth_members m
     JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
     WHERE r.rolname = ${quoteText(name)} GROUP BY g.rolname`,
  );
  const isWanted = (each: { readonly role: string; readonly isAdmin: boolean }) =>
    memberOf.some(({ role, isAdmin }) => role === each.role && isAdmin === each.isAdmin);
  for (const each of live) {
    if (!isWanted(each)) await session.run(`REVOKE ${quoteName(each.role)} FROM ${member}`);
  }
  for (const { role, isAdmin } of memberOf)
    await session.run(`GRANT ${quoteName(role)} TO ${member}${isAdmin ? ' WITH ADMIN OPTION' : ''}`);
}
