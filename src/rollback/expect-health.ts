// What a rollback must not make worse: the checks that hold before it have to hold after it, too. One that failed before
// is no reason to go back, but is told.
import { checkHealth, type HealthReport, levelOf } from '../health/check-health.js';
import { type PatientHealthCheck, waitForHealth } from '../health/wait-for-health.js';
import type { RollbackProblem } from './rollback-problem.js';

export interface HealthExpectation {
  /** Waits for the health after the rollback; what holds no more is a problem. */
  examine(): Promise<RollbackProblem[]>;
  /** What was found when it was examined; `undefined` before. */
  found(): HealthReport | undefined;
}

/** Makes all checks once, now; `undefined` where there are none. */
export async function expectHealth(
  checks: readonly PatientHealthCheck[],
  options: { readonly timeoutMs: number },
): Promise<HealthExpectation | undefined> {
  if (checks.length === 0) return undefined;
  const before = await checkHealth(checks);
  const held = before.checks.map(({ ok }) => ok);
  let report: HealthReport | undefined;
  return {
    async examine() {
      // What was down is only looked at: it may stay down for as long as it likes.
      const asked = checks.map((check, index) => ({ ...check, required: check.required && held[index] }));
      const { checks: found } = await waitForHealth(asked, options);
      const all = found.map((each, index) => ({ ...each, required: checks[index].required }));
      report = { level: levelOf(all), checks: all };
      return found
        .filter(({ ok, required }) => required && !ok)
        .map(({ check, reason = '' }) => ({ path: check, code: 'UNHEALTHY', message: reason }));
    },
    found: () => report,
  };
}
