// Has units of systemd read their configuration again after a rollback has changed it, where a component says so.
import { isSavepointError } from '../../store/errors.js';
import { runsInBootJob, tellSystemd } from '../composition.js';
import type { RollbackProblem } from './rollback-problem.js';

const TIMEOUT_MS = 120_000;

/** Reloads the units, restarts those that can't be, and starts those that do not run; what fails is told. */
export async function reloadUnits(component: string, units: readonly string[]): Promise<RollbackProblem[]> {
  const problems: RollbackProblem[] = [];
  for (const unit of units) {
    const reason = await reload(unit);
    if (reason === undefined) continue;
    const message = `it could not be reloaded: ${reason}. 'systemctl status ${unit}' tells more`;
    problems.push({ component, path: unit, code: 'STATE_REFUSED', message });
  }
  return problems;
}

/** Why it could not be done; `undefined` where it was. */
async function reload(unit: string): Promise<string | undefined> {
  try {
    // What starts at boot is started with what is there by then; to wait for it would be to wait for ourselves.
    const waiting = (await runsInBootJob()) ? ['--no-block'] : [];
    const { exitCode, stderr } = await tellSystemd([...waiting, 'reload-or-restart', unit], TIMEOUT_MS);
    return exitCode === 0 ? undefined : stderr || `exit code ${exitCode ?? '(killed)'}`;
  } catch (error) {
    if (isSavepointError(error, 'PROGRAM_MISSING', 'STATE_UNREADABLE')) return error.message;
    throw error;
  }
}
