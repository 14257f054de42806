// Waits until a system is well, or it is clear that it will not be: each check in its own rhythm, by a clock that does not
// jump. A check that breaks while it has to hold starts anew.
import { checkAborted } from '../../store/errors.js';
import type { HealthCheck } from '../configuration/configuration.js';
import { type CheckedHealth, type HealthReport, levelOf } from './check-health.js';
import { describeProbe, lookAt, type Probe } from './probe.js';

export type PatientHealthCheck = Omit<HealthCheck, 'probe'> & { readonly probe: Probe };

export interface WaitOptions {
  /** For checks that have no deadline of their own. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Each check has to begin to hold by its deadline, and then to hold without a break for as long as it says. Checks that are
 * not required are looked at once. Throws ABORTED.
 */
export async function waitForHealth(
  checks: readonly PatientHealthCheck[],
  options: WaitOptions,
): Promise<HealthReport> {
  const checked = await Promise.all(checks.map((check) => waitFor(check, options)));
  checkAborted(options.signal);
  return { level: levelOf(checked), checks: checked };
}

async function waitFor(check: PatientHealthCheck, options: WaitOptions): Promise<CheckedHealth> {
  const { probe, required, timeoutMs, intervalMs, healthyForMs = 0 } = check;
  const deadlineMs = performance.now() + (check.deadlineMs ?? options.timeoutMs);
  let heldSinceMs: number | undefined;
  let breaks = 0;
  for (;;) {
    const askedAtMs = performance.now();
    const reason = await lookAt(probe, { timeoutMs });
    const about = { check: describeProbe(probe), required };
    if (reason === undefined) {
      heldSinceMs ??= askedAtMs;
      if (!required || performance.now() - heldSinceMs >= healthyForMs) return { ...about, ok: true };
    } else if (heldSinceMs !== undefined) {
      heldSinceMs = undefined;
      breaks++;
    }
    const now = performance.now();
    if (reason !== undefined && (!required || now >= deadlineMs || options.signal?.aborted === true))
      return { ...about, ok: false, reason: withBreaks(reason, breaks) };
    if (options.signal?.aborted === true) return { ...about, ok: false, reason: 'was no longer waited for' };
    const nextAtMs = askedAtMs + intervalMs;
    const dueAtMs = heldSinceMs === undefined ? deadlineMs : heldSinceMs + healthyForMs;
    await pause(Math.max(0, Math.min(nextAtMs, dueAtMs) - now), options.signal);
  }
}

function withBreaks(reason: string, breaks: number): string {
  if (breaks === 0) return reason;
  return `${reason}; it held in between, and broke ${breaks === 1 ? 'once' : `${breaks} times`}`;
}

/** A timer takes no more: 24 days. Who waits longer looks again. */
const LONGEST_MS = 2 ** 31 - 1;

/** Ends early where the signal is aborted. */
export function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(durationMs, LONGEST_MS));
    signal?.addEventListener('abort', end, { once: true });
  });
}
