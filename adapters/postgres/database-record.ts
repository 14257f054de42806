// What a PostgreSQL database is besides its content: how it was made, whose it is, what holds for its sessions, who may do
// what with it; and the statements that make another one of the same sort.
import type { PsqlSession } from './psql-session.js';
import { quoteName, quoteText } from './quote.js';

export interface DatabaseRecord {
  readonly name: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly characterType: string;
  /** `c`: of the C library, `i`: of ICU, `b`: the server's own. */
  readonly localeProvider: string;
  readonly locale: string | null;
  readonly localeRules: string | null;
  readonly tablespace: string;
  readonly connectionLimit: number;
  readonly isTemplate: boolean;
  readonly comment: string | null;
  /** Null where it is as with any new database. An empty grantee is everybody. */
  readonly privileges: readonly PrivilegeRecord[] | null;
  /** `NAME=VALUE`; of all roles where none is named. */
  readonly settings: readonly { readonly role: string | null; readonly values: readonly string[] }[];
}

export interface PrivilegeRecord {
  readonly grantee: string;
  readonly privilege: string;
  readonly isGrantable: boolean;
}

/** Of those named `name`; `undefined` where there is none. `version` is the server's, as server_version_num has it. */
export async function findDatabase(
  session: PsqlSession,
  name: string,
  version: number,
): Promise<DatabaseRecord | undefined> {
  const [found] = await session.rows<DatabaseRecord>(selectDatabase(name, version));
  return found;
}

function selectDatabase(name: string, version: number): string {
  const provider = version >= 150_000 ? 'd.datlocprovider::text' : "'c'";
  const locale = version >= 170_000 ? 'd.datlocale' : version >= 150_000 ? 'd.daticulocale' : 'NULL';
  const rules = version >= 160_000 ? 'd.daticurules' : 'NULL';
  return `
SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
  d.datcollate AS collate, d.datctype AS "characterType", ${provider} AS "localeProvider",
  ${locale} AS locale, ${rules} AS "localeRules", t.spcname AS tablespace,
  d.datconnlimit AS "connectionLimit", d.datistemplate AS "isTemplate",
  shobj_description(d.oid, 'pg_database') AS comment,
  CASE WHEN d.datacl IS NULL THEN NULL ELSE coalesce((
    SELECT json_agg(json_build_object(
      'grantee', CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
      'privilege', a.privilege_type, 'isGrantable', a.is_grantable) ORDER BY a.grantee, a.privilege_type)
    FROM aclexplode(d.datacl) a), '[]') END AS privileges,
  coalesce((SELECT json_agg(json_build_object(
      'role', CASE s.setrole WHEN 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END,
      'values', s.setconfig) ORDER BY s.setrole)
    FROM pg_db_role_setting s WHERE s.setdatabase = d.oid), '[]') AS settings
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = ${quoteText(name)}`;
}

/** Makes an empty database `name` of the same sort as `record`. */
export function createStatement(record: DatabaseRecord, name: string): string {
  const { owner, encoding, collate, characterType, localeProvider, locale, localeRules, tablespace } = record;
  const options = [
    'TEMPLATE = template0',
    ...[`OWNER = ${quoteName(owner)}`, `ENCODING = ${quoteText(encoding)}`],
    ...[`LC_COLLATE = ${quoteText(collate)}`, `LC_CTYPE = ${quoteText(characterType)}`],
    ...(localeProvider === 'i'
      ? ['LOCALE_PROVIDER = icu', `ICU_LOCALE = ${quoteText(locale ?? 'und')}`]
      : []),
    ...(localeProvider === 'b'
      ? ['LOCALE_PROVIDER = builtin', `BUILTIN_LOCALE = ${quoteText(locale ?? 'C')}`]
      : []),
    ...(localeRules === null ? [] : [`ICU_RULES = ${quoteText(localeRules)}`]),
    `TABLESPACE = ${quoteName(tablespace)}`,
  ];
  return `CREATE DATABASE ${quoteName(name)} ${options.join(' ')}`;
}

/** What gives `name`, made by `createStatement`, all else that `record` has, save its comment. */
export function equipStatements(record: DatabaseRecord, name: string): string[] {
  const database = quoteName(name);
  return [
    `ALTER DATABASE ${database} CONNECTION LIMIT ${record.connectionLimit}`,
    `ALTER DATABASE ${database} IS_TEMPLATE ${record.isTemplate}`,
    ...grantStatements(record, database),
    ...record.settings.flatMap(({ role, values }) => {
      const whom = role === null ? `DATABASE ${database}` : `ROLE ${quoteName(role)} IN DATABASE ${database}`;
      return values.map((value) => `ALTER ${whom} SET ${settingClause(value)}`);
    }),
  ];
}

function grantStatements({ privileges, owner }: DatabaseRecord, database: string): string[] {
  if (privileges === null) return [];
  return [
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `REVOKE ALL ON DATABASE ${database} FROM ${quoteName(owner)}`,
    ...privileges.map(({ grantee, privilege, isGrantable }) => {
      const whom = grantee === '' ? 'PUBLIC' : quoteName(grantee);
      return `GRANT ${privilege} ON DATABASE ${database} TO ${whom}${isGrantable ? ' WITH GRANT OPTION' : ''}`;
    }),
  ];
}

/** Variables whose value is a list of names; the server keeps each in quotation marks where it needs them. */
const LISTS = new Set([
  ...['search_path', 'temp_tablespaces', 'unix_socket_directories'],
  ...['local_preload_libraries', 'session_preload_libraries', 'shared_preload_libraries'],
]);

/** `NAME=VALUE`, as pg_db_role_setting and pg_roles keep it, for SET. */
export function settingClause(setting: string): string {
  const equals = setting.indexOf('=');
  const [variable, value] = [setting.slice(0, equals), setting.slice(equals + 1)];
  const name = variable.split('.').map(quoteName).join('.');
  if (!LISTS.has(variable.toLowerCase())) return `${name} = ${quoteText(value)}`;
  const items = value.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [''];
  const plain = items.map((item) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item));
  return `${name} = ${plain.map(quoteText).join(', ')}`;
}
