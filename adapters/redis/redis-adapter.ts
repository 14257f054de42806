// State adapter of kind `redis`: databases of a Redis server. A capture is of the instant of one snapshot, as a replica gets it; a
// rollback makes new data ready in a spare database, checks them key by key, and exchanges both at once for everybody.
import { isSavepointError } from '../../store/errors.js';
import type { StateAdapter, StateContext, StateHealth, StateProblem } from '../state/state-adapter.js';
import { accessServer } from './access-server.js';
import { applyDatabases, verifyDatabases } from './apply-databases.js';
import { captureRedis } from './capture-redis.js';
import { discardDatabases } from './discard-databases.js';
import { instantsOfPoint, lossSince } from './loss-since.js';
import { planDatabases } from './plan-databases.js';
import { inSession } from './redis-session.js';
import { readRedisSettings } from './redis-settings.js';
import { readInfo, type ServerInfo } from './server-info.js';
import { stageDatabases } from './stage-databases.js';
import { redisTables } from './tables.js';

/**
 * Documents: below `state/databases/N/` what a database's rows are and, in segments, its keys with types, expiries and values
 * (row-text.ts); `state/functions/LIBRARY`; below `observed/` the server, the instant, and what each database needs of memory.
 */
export const redisAdapter: StateAdapter = {
  kind: 'redis',
  version: 1,
  category: 'database',
  supports: { restore: true, moves: true },
  consistency: 'application',
  capture: captureRedis,
  compare: planDatabases,
  stage: stageDatabases,
  apply: applyDatabases,
  verify: verifyDatabases,
  discard: discardDatabases,
  tables: redisTables,
  loss: lossSince,
  instants: instantsOfPoint,
  reach: async (context) => {
    const access = accessServer(context.component, readRedisSettings(context));
    await inSession(access, { signal: context.signal }, (session) => session.call('PING'));
  },
  health,
};

async function health(context: StateContext): Promise<StateHealth> {
  const object = 'server';
  try {
    const access = accessServer(context.component, readRedisSettings(context));
    const info = await inSession(access, { signal: context.signal }, async (session) => {
      await session.call('PING');
      return readInfo(session);
    });
    const problems = worries(info).map(
      (message): StateProblem => ({ object, code: 'STATE_UNREADABLE', message }),
    );
    return { level: problems.length === 0 ? 'healthy' : 'degraded', problems };
  } catch (error) {
    if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
    return { level: 'critical', problems: [{ object, code: error.code, message: error.message }] };
  }
}

/** It answers, and yet something is wrong. */
function worries(info: ServerInfo): string[] {
  const found: string[] = [];
  const worry = (isTrue: boolean, message: string) => {
    if (isTrue) found.push(message);
  };
  worry(info.get('loading') === '1', 'it still reads its data: wait until it has done so.');
  worry(
    info.get('rdb_last_bgsave_status') === 'err',
    'its last snapshot could not be written (rdb_last_bgsave_status): see its log, and the space on its disk.',
  );
  worry(
    info.get('aof_enabled') === '1' && info.get('aof_last_write_status') === 'err',
    'its log of commands can not be written (aof_last_write_status): see its log, and the space on its disk.',
  );
  worry(
    info.get('aof_enabled') === '1' && info.get('aof_last_bgrewrite_status') === 'err',
    'its log of commands could not be rewritten (aof_last_bgrewrite_status): see its log, and the space on its disk.',
  );
  worry(
    info.get('role') === 'slave' && info.get('master_link_status') !== 'up',
    'it is a replica that does not reach its master (master_link_status): see that the master runs.',
  );
  return found;
}
