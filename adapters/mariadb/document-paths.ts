// Where the documents of a component of kind `mariadb` stand.
import { encodeName } from '../database/document-name.js';
import { tablePaths } from '../database/table-paths.js';

const DATABASES = 'state/databases';
const USERS = 'state/users';

export const databasesPrefix = DATABASES;
export const usersPrefix = USERS;

export function userPath({ user, host }: { readonly user: string; readonly host: string | null }): string {
  return `${USERS}/${encodeName(host === null ? `role ${user}` : `${user}@${host}`)}.json`;
}

export function databasePaths(database: string) {
  const root = `${DATABASES}/${encodeName(database)}`;
  return {
    root,
    /** Its character set and collation. */
    record: `${root}/database.json`,
    /** How its tables and sequences are made. */
    tableDefinitions: `${root}/schema/tables.sql`,
    /** Routines, views, triggers and events, in an order in which they can be made. */
    routines: `${root}/schema/routines.sql`,
    sequences: `${root}/sequences.json`,
    tables: `${root}/tables`,
    table: (name: string) => tablePaths(`${root}/tables/${encodeName(name)}`),
  };
}

/** Of which instant it was captured. */
export const POSITION_PATH = 'observed/position.json';
export const SERVER_PATH = 'observed/server.json';
