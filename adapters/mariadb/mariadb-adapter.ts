// State adapter of kind `mariadb`: databases of a MariaDB server with the accounts that may use them. A capture is of one
// snapshot; a rollback makes a new database beside the one in use, checks it row for row, and exchanges their tables in one statement.
import { isSavepointError } from '../../store/errors.js';
import type { StateAdapter, StateContext, StateHealth, StateProblem } from '../state/state-adapter.js';
import { applyDatabases, stopDatabases, verifyDatabases } from './apply-databases.js';
import { captureMariadb } from './capture-mariadb.js';
import { ClientSession } from './client-session.js';
import { discardDatabases } from './discard-databases.js';
import { instantsOfPoint, lossSince } from './loss-since.js';
import { readMariadbSettings } from './mariadb-settings.js';
import { planDatabases } from './plan-databases.js';
import { selectDatabases, wantedDatabases } from './select-databases.js';
import { accessServer } from './server-access.js';
import { stageDatabases } from './stage-databases.js';
import { mariadbTables } from './tables.js';

/**
 * Documents: below `state/databases/NAME/` a database's record, definitions as SQL, sequences, and each table's rows in segments
 * (row-text.ts says in which form); `state/users/NAME.json`; below `observed/` the server and its position. It serves MySQL
 * from 8.0 on as well: what is MariaDB's own says so where it stands.
 */
export const mariadbAdapter: StateAdapter = {
  kind: 'mariadb',
  version: 1,
  category: 'database',
  supports: { restore: true, moves: true },
  consistency: 'application',
  capture: captureMariadb,
  compare: planDatabases,
  stage: stageDatabases,
  stop: stopDatabases,
  apply: applyDatabases,
  verify: verifyDatabases,
  discard: discardDatabases,
  tables: mariadbTables,
  loss: lossSince,
  instants: instantsOfPoint,
  reach: async (context) => {
    const access = accessServer(context.component, readMariadbSettings(context));
    await (await ClientSession.open(access, { signal: context.signal })).close();
  },
  health,
};

async function health(context: StateContext): Promise<StateHealth> {
  const settings = readMariadbSettings(context);
  const access = accessServer(context.component, settings);
  const problems: StateProblem[] = [];
  try {
    const session = await ClientSession.open(access, { signal: context.signal });
    const { missing } = await selectDatabases(session, wantedDatabases(settings, access));
    await session.close();
    for (const name of missing)
      problems.push({ object: `database ${name}`, code: 'STATE_UNREADABLE', message: 'is not there' });
  } catch (error) {
    if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
    problems.push({ object: 'server', code: error.code, message: error.message });
  }
  return { level: problems.length === 0 ? 'healthy' : 'critical', problems };
}
