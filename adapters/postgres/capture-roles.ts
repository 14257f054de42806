// Roles of a PostgreSQL server that databases need: their owners, who may do what in them, and whose members these are.
import type { PsqlSession } from './psql-session.js';
import { quoteText } from './quote.js';

export interface RoleRecord {
  readonly name: string;
  /** Words of CREATE ROLE, such as LOGIN and NOCREATEDB. */
  readonly attributes: readonly string[];
  readonly connectionLimit: number;
  /** As the server keeps it, hashed; null where there is none, or where only a superuser may know. */
  readonly password: string | null;
  readonly knowsPassword: boolean;
  readonly validUntil: string | null;
  readonly memberOf: readonly { readonly role: string; readonly isAdmin: boolean }[];
  /** `NAME=VALUE`, in all databases. */
  readonly settings: readonly string[];
  readonly comment: string | null;
}

/** The server's own roles, and those that every server is made with, are there anyway. */
export async function capturedRoles(
  session: PsqlSession,
  { databases, all }: { readonly databases: readonly string[]; readonly all: boolean },
): Promise<RoleRecord[]> {
  const { mayReadSecrets } = await session.row<{ mayReadSecrets: boolean }>(
    `SELECT has_table_privilege('pg_authid', 'select') AS "mayReadSecrets"`,
  );
  if (all) return session.rows<RoleRecord>(selectRoles('true', mayReadSecrets));
  if (databases.length === 0) return [];
  const needed = `r.oid IN (${needing(databases.map(quoteText).join(', '))})`;
  return session.rows<RoleRecord>(selectRoles(needed, mayReadSecrets));
}

/** Roles that databases refer to, and all that these are members of. */
function needing(databases: string): string {
  return `
WITH RECURSIVE needed(role) AS (
  SELECT d.datdba FROM pg_database d WHERE d.datname IN (${databases})
  UNION SELECT s.refobjid FROM pg_shdepend s JOIN pg_database d ON s.dbid = d.oid
    OR (s.dbid = 0 AND s.classid = 'pg_database'::regclass AND s.objid = d.oid)
    WHERE s.refclassid = 'pg_authid'::regclass AND d.datname IN (${databases})
  UNION SELECT s.setrole FROM pg_db_role_setting s JOIN pg_database d ON s.setdatabase = d.oid
    WHERE d.datname IN (${databases})
  UNION SELECT m.roleid FROM pg_auth_members m JOIN needed ON m.member = needed.role)
SELECT role FROM needed`;
}

function selectRoles(where: string, mayReadSecrets: boolean): string {
  const password = mayReadSecrets
    ? '(SELECT a.rolpassword FROM pg_authid a WHERE a.oid = r.oid)'
    : 'NULL::text';
  return `
SELECT r.rolname AS name, r.rolconnlimit AS "connectionLimit", ${password} AS password,
  ${mayReadSecrets} AS "knowsPassword",
  r.rolvaliduntil::text AS "validUntil",
  json_build_array(
    ${ATTRIBUTES.map(([column, word]) => `CASE WHEN r.${column} THEN '${word}' ELSE 'NO${word}' END`).join(', ')}
  ) AS attributes,
  coalesce((SELECT json_agg(json_build_object('role', g.rolname, 'isAdmin', m.admin) ORDER BY g.rolname COLLATE "C")
    FROM (SELECT roleid, bool_or(admin_option) AS admin FROM pg_auth_members WHERE member = r.oid GROUP BY roleid) m
    JOIN pg_roles g ON g.oid = m.roleid), '[]') AS "memberOf",
  coalesce((SELECT to_json(s.setconfig) FROM pg_db_role_setting s
    WHERE s.setrole = r.oid AND s.setdatabase = 0), '[]') AS settings,
  shobj_description(r.oid, 'pg_authid') AS comment
FROM pg_roles r
WHERE r.rolname NOT LIKE 'pg\\_%' AND (${where})
ORDER BY r.rolname COLLATE "C"`;
}

const ATTRIBUTES = [
  ['rolsuper', 'SUPERUSER'],
  ['rolinherit', 'INHERIT'],
  ['rolcreaterole', 'CREATEROLE'],
  ['rolcreatedb', 'CREATEDB'],
  ['rolcanlogin', 'LOGIN'],
  ['rolreplication', 'REPLICATION'],
  ['rolbypassrls', 'BYPASSRLS'],
] as const;
