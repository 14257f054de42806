// Where the documents of a component of kind `postgres` stand.
import { encodeName } from '../database/document-name.js';
import { tablePaths } from '../database/table-paths.js';

const DATABASES = 'state/databases';
const ROLES = 'state/roles';

export const databasesPrefix = DATABASES;
export const rolesPrefix = ROLES;

export function rolePath(role: string): string {
  return `${ROLES}/${encodeName(role)}.json`;
}

export function databasePaths(database: string) {
  const root = `${DATABASES}/${encodeName(database)}`;
  return {
    root,
    /** How it was made, and its extensions. */
    record: `${root}/database.json`,
    /** What is made before there is data: types, functions, tables, … */
    before: `${root}/schema/before-data.sql`,
    /** And what after: indexes, constraints, triggers, … */
    after: `${root}/schema/after-data.sql`,
    sequences: `${root}/sequences.json`,
    /** Rows are `OBJECT OFFSET BYTES`. */
    largeObjects: tablePaths(`${root}/large-objects`),
    tables: `${root}/tables`,
    table: ({ schema, name }: { readonly schema: string; readonly name: string }) =>
      tablePaths(`${root}/tables/${encodeName(schema)}.${encodeName(name)}`),
  };
}

export const positionsPrefix = 'observed/position';

/** `observed/position/DATABASE.json`: of which instant a database was captured. */
export function positionPath(database: string): string {
  return `${positionsPrefix}/${encodeName(database)}.json`;
}

/** Of a database that is configured, and not there. */
export function absentPath(database: string): string {
  return `observed/absent/${encodeName(database)}.json`;
}

export const SERVER_PATH = 'observed/server.json';
