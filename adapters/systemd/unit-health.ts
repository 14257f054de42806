// How well units are: whether one that is to run has failed, or is started again and again.
import type { StateContext, StateHealth, StateProblem } from '../state/state-adapter.js';
import { selectUnits } from './select-units.js';
import type { UnitFacts } from './unit-facts.js';
import { unitObject } from './unit-step.js';

/** So many starts by systemd itself are no accident, if the last one was not long ago. */
const MANY_RESTARTS = 3;
const LONG_MS = 60_000;

export async function judgeUnits(context: StateContext): Promise<StateHealth> {
  const units = await selectUnits(context.settings, { signal: context.signal });
  const own = units.filter(({ name, id }) => name === id);
  const failed = own.filter(({ active }) => active === 'failed');
  const restless = own.filter(isRestless);
  const problems = [...failed.map(describeFailure), ...restless.map(describeRestarts)];
  if (failed.some(isWanted)) return { level: 'unhealthy', problems };
  return { level: problems.length === 0 ? 'healthy' : 'degraded', problems };
}

/** Whether somebody has it started: the administrator, or another unit. */
function isWanted({ unitFile, wantedBy, triggeredBy }: UnitFacts): boolean {
  return unitFile.startsWith('enabled') || wantedBy.length > 0 || triggeredBy.length > 0;
}

function isRestless({ active, sub, restarts, activeSince }: UnitFacts): boolean {
  if (active === 'activating' && sub === 'auto-restart') return true;
  if (active !== 'active' || restarts < MANY_RESTARTS || activeSince === undefined) return false;
  return Date.now() - Date.parse(activeSince) < LONG_MS;
}

function describeFailure({ name, result, exitStatus }: UnitFacts): StateProblem {
  const status = exitStatus === 0 ? '' : `, exit status ${exitStatus}`;
  const message = `it has failed (${result}${status}): see 'systemctl status ${name}'`;
  return { object: unitObject(name), code: 'STATE_REFUSED', message };
}

function describeRestarts({ name, restarts, result }: UnitFacts): StateProblem {
  const why = result === '' || result === 'success' ? '' : ` (${result})`;
  const message = `it ends and is started again, ${restarts} times so far${why}: see 'journalctl --unit=${name}'`;
  return { object: unitObject(name), code: 'STATE_REFUSED', message };
}
