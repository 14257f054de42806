// Has units of systemd read their configuration again after a rollback has changed it, where a component says so.
import { runProgram } from '../composition.js';
import type { RollbackProblem } from './rollback-problem.js';

const TIMEOUT_MS = 120_000;

/** Reloads the units, restarts those that can't be, and starts those that do not run; what fails is told. */
export async function reloadUnits(component: string, units: readonly string[]): Promise<RollbackProblem[]> {
  const problems: RollbackProblem[] = [];
  const isBooting = units.length > 0 && (await bootIsUnderWay());
  for (const unit of units) {
    // What starts at boot is started by it, with what is there by then; to wait for it would be to wait for ourselves.
    const args = [...(isBooting ? ['--no-block'] : []), 'reload-or-restart', unit];
    const result = await runProgram('systemctl', args, { timeoutMs: TIMEOUT_MS });
    if (result.exitCode === 0) continue;
    const said = result.isMissing
      ? 'there is no systemctl here'
      : result.stderr || `exit code ${result.exitCode}`;
    problems.push({
      ...{ component, path: unit, code: 'STATE_REFUSED' },
      message: `it could not be reloaded: ${said}. 'systemctl status ${unit}' tells more`,
    });
  }
  return problems;
}

async function bootIsUnderWay(): Promise<boolean> {
  const { stdout } = await runProgram('systemctl', ['is-system-running'], { timeoutMs: TIMEOUT_MS });
  return ['initializing', 'starting'].includes(stdout.toString('utf8').trim());
}
