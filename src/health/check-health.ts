// The health of a system, as its checks see it: one level out of all of them.
import { checkAborted } from '../../store/errors.js';
import type { HealthCheck } from '../configuration/configuration.js';
import type { HealthLevel } from '../point-record.js';
import type { Stoppable } from '../stoppable.js';
import { describeProbe, lookAt, type Probe } from './probe.js';

export interface HealthReport {
  readonly level: HealthLevel;
  readonly checks: readonly CheckedHealth[];
}

export interface CheckedHealth {
  readonly check: string;
  readonly required: boolean;
  readonly ok: boolean;
  /** What is wrong. */
  readonly reason?: string;
}

export type AnyHealthCheck = Pick<HealthCheck, 'required' | 'timeoutMs'> & { readonly probe: Probe };

/** Makes all checks once, at the same time. Throws ABORTED. */
export async function checkHealth(
  checks: readonly AnyHealthCheck[],
  { signal }: Stoppable = {},
): Promise<HealthReport> {
  checkAborted(signal);
  const checked = await Promise.all(
    checks.map(async ({ probe, required, timeoutMs }): Promise<CheckedHealth> => {
      const reason = await lookAt(probe, { timeoutMs, signal });
      const check = { check: describeProbe(probe), required };
      return reason === undefined ? { ...check, ok: true } : { ...check, ok: false, reason };
    }),
  );
  checkAborted(signal);
  return { level: levelOf(checked), checks: checked };
}

/** What is wrong with a system by its required checks; empty where nothing is. */
export function describeFailures({ checks }: Pick<HealthReport, 'checks'>): string {
  const failed = checks.filter(({ ok, required }) => required && !ok);
  return failed.map(({ check, reason }) => `${check} ${reason}`).join('; ');
}

/**
 * `unknown` without checks; `healthy` where all hold, `degraded` where only ones fail that are not required, `unhealthy`
 * where a required one fails, `critical` where none of several required ones holds.
 */
export function levelOf(checks: readonly Pick<CheckedHealth, 'required' | 'ok'>[]): HealthLevel {
  if (checks.length === 0) return 'unknown';
  const required = checks.filter((check) => check.required);
  const failed = required.filter(({ ok }) => !ok).length;
  if (failed > 0) return failed > 1 && failed === required.length ? 'critical' : 'unhealthy';
  return checks.every(({ ok }) => ok) ? 'healthy' : 'degraded';
}
