// Where the documents of a component of kind `redis` stand.
import { tablePaths } from '../database/table-paths.js';

export const databasesPrefix = 'state/databases';
export const functionsPrefix = 'state/functions';
export const SERVER_PATH = 'observed/server.json';
export const POSITION_PATH = 'observed/position.json';

export type DatabasePaths = ReturnType<typeof databasePaths>;

export function databasePaths(database: number) {
  const root = `${databasesPrefix}/${database}`;
  return {
    ...tablePaths(root),
    /** What the server needs for it. */
    observed: `observed/databases/${database}.json`,
  };
}

/** Of a library of functions; a server lets their names be of letters, digits and _ alone. */
export function functionPath(library: string): string {
  return `${functionsPrefix}/${library}`;
}

/** The numbers of the databases that have documents among `paths`, in order. */
export function databasesIn(paths: readonly string[]): number[] {
  const numbers = paths.flatMap((path) => /^state\/databases\/([0-9]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(numbers.map(Number))].sort((left, right) => left - right);
}
