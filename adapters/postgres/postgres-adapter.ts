// State adapter of kind `postgres`: databases of a PostgreSQL server with their roles. A capture is of one exported snapshot; a
// rollback makes a new database beside the one in use, checks it row for row, and exchanges their names in one transaction.
import { isSavepointError } from '../../store/errors.js';
import type { StateAdapter, StateContext, StateHealth, StateProblem } from '../state/state-adapter.js';
import { capturePostgres } from './capture-postgres.js';
import { discardDatabases } from './discard-databases.js';
import { applyDatabases, stopDatabases, verifyDatabases } from './exchange-databases.js';
import { instantsOfPoint, lossSince } from './loss-since.js';
import { openMaintenance } from './open-maintenance.js';
import { planDatabases } from './plan-databases.js';
import { readPostgresSettings } from './postgres-settings.js';
import { PsqlSession } from './psql-session.js';
import { restoreBeside } from './restore-beside.js';
import { selectDatabases } from './select-databases.js';
import { accessServer } from './server-access.js';
import { stageDatabases } from './stage-databases.js';
import { postgresTables } from './tables.js';

/**
 * Documents: below `state/databases/NAME/` a database's record, definitions as SQL, sequences, large objects, and each table's
 * rows in segments, as COPY writes them; `state/roles/NAME.json`; below `observed/` the server and each database's position.
 */
export const postgresAdapter: StateAdapter = {
  kind: 'postgres',
  version: 1,
  category: 'database',
  supports: { restore: true, moves: true },
  consistency: 'application',
  capture: capturePostgres,
  compare: planDatabases,
  stage: stageDatabases,
  stop: stopDatabases,
  apply: applyDatabases,
  verify: verifyDatabases,
  discard: discardDatabases,
  tables: postgresTables,
  restoreBeside,
  loss: lossSince,
  instants: instantsOfPoint,
  reach: async (context) => {
    const access = accessServer(context.component, readPostgresSettings(context));
    await (await openMaintenance(access, { signal: context.signal })).close();
  },
  health,
};

async function health(context: StateContext): Promise<StateHealth> {
  const settings = readPostgresSettings(context);
  const access = accessServer(context.component, settings);
  const [problems, absent]: [StateProblem[], StateProblem[]] = [[], []];
  let object = 'server';
  try {
    const maintenance = await openMaintenance(access, { signal: context.signal });
    const wanted = settings.databases ?? [access.database];
    const { found, missing } = await selectDatabases(maintenance, wanted);
    await maintenance.close();
    for (const name of missing)
      absent.push({ object: `database ${name}`, code: 'STATE_UNREADABLE', message: 'is not there' });
    for (const name of found) {
      object = `database ${name}`;
      const inside = await PsqlSession.open(access, { database: name, signal: context.signal });
      await inside.close();
    }
  } catch (error) {
    if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
    problems.push({ object, code: error.code, message: error.message });
  }
  // One that is not there may well be as it should.
  if (problems.length === 0 && absent.length > 0) return { level: 'degraded', problems: absent };
  return { level: problems.length === 0 ? 'healthy' : 'critical', problems };
}
