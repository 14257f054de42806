// The state adapter of who may do what on a host: users, groups, sudo, authorized keys, capabilities of files and AppArmor.
// Most of it is files, which come back as such; and no change is let through that leaves the host without a way in.
import { isSavepointError } from '../../store/errors.js';
import type {
  JsonValue,
  StateAdapter,
  StateContext,
  StateHealth,
  StateProblem,
} from '../state/state-adapter.js';
import { askAccountPrograms, runLive } from './account-programs.js';
import { applySecurity, preparedOf, stageSecurity } from './apply-security.js';
import { captureSecurity, readAccounts } from './capture-security.js';
import { checkStagedFiles, checkWays, readWays } from './check-way-in.js';
import { compareSecurity } from './compare-security.js';
import { LIVE_FILES } from './host-files.js';
import { listFiles } from './security-files.js';

export { findWayIn } from './find-way-in.js';

export const securityAdapter: StateAdapter = {
  kind: 'security',
  version: 1,
  category: 'security',
  supports: { restore: true },
  consistency: 'crash',
  files: listFiles,
  capture: captureSecurity,
  compare: compareSecurity,
  stage: async (steps, context) => (await stageSecurity(steps, context)) as unknown as JsonValue,
  check: checkStagedFiles,
  apply: (prepared, context) => applySecurity(preparedOf(prepared), context),
  verify: (prepared) => checkWays(preparedOf(prepared).ways),
  health: readHealth,
};

const MOST_COMPLAINTS = 20;

async function readHealth(context: StateContext): Promise<StateHealth> {
  try {
    await readAccounts(LIVE_FILES);
  } catch (error) {
    if (!isSavepointError(error, 'STATE_UNREADABLE')) throw error;
    return { level: 'unknown', problems: [{ object: 'accounts', code: error.code, message: error.message }] };
  }
  const { ways } = await readWays(context);
  const complaints = await askAccountPrograms(runLive, 'accounts');
  const said = complaints.slice(0, MOST_COMPLAINTS).join('; ');
  const problems: StateProblem[] =
    complaints.length === 0
      ? []
      : [
          {
            ...{ object: 'accounts', code: 'VALIDATION_FAILED' },
            message: `are not sound (${said}): run pwck and grpck to mend them.`,
          },
        ];
  if (ways.length > 0) return { level: problems.length > 0 ? 'degraded' : 'healthy', problems };
  const message = `is closed: nobody, or none of those in the setting wayIn, can log in and become root. Give somebody a password or a key, and sudo.`;
  return {
    level: 'unhealthy',
    problems: [{ object: 'way in', code: 'VALIDATION_FAILED', message }, ...problems],
  };
}
