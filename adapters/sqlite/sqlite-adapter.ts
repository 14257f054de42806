// State adapter of kind `sqlite`: database files of SQLite. A capture copies each by the backup API while others write; a rollback
// puts the content into the file that is in use, in one transaction.
import type { StateAdapter } from '../state/state-adapter.js';
import { captureSqlite } from './capture-sqlite.js';
import { discardDatabases } from './discard-databases.js';
import { applyDatabases } from './exchange-databases.js';
import { instantsOfPoint, lossSince } from './loss-since.js';
import { planDatabases } from './plan-databases.js';
import { stageDatabases } from './stage-databases.js';
import { sqliteTables } from './tables.js';
import { databaseHealth, verifyDatabases } from './verify-databases.js';
import { watchDatabases } from './watch-databases.js';

/**
 * Documents: below `state/databases/PATH/` a database's record, its tables' names and columns, and a copy of its content; below
 * `observed/databases/` when that was taken.
 */
export const sqliteAdapter: StateAdapter = {
  kind: 'sqlite',
  version: 1,
  category: 'database',
  supports: { restore: true, moves: true },
  consistency: 'application',
  capture: captureSqlite,
  compare: planDatabases,
  stage: stageDatabases,
  apply: applyDatabases,
  verify: verifyDatabases,
  discard: discardDatabases,
  tables: sqliteTables,
  loss: lossSince,
  instants: instantsOfPoint,
  health: databaseHealth,
  watch: watchDatabases,
};
