// Whether a host that was well has become ill: told once, until it is well again.
import type { HealthCheck } from '../configuration/configuration.js';
import { checkHealth, describeFailures } from './check-health.js';

/** One that flaps is no news. */
const FAILURES_IN_A_ROW = 3;

export class HealthWatch {
  private readonly intervalMs: number;
  private nextAtMs = 0;
  private failuresInARow = 0;
  private isTold = false;

  constructor(private readonly checks: readonly HealthCheck[]) {
    this.intervalMs = Math.min(...checks.map(({ intervalMs }) => intervalMs));
  }

  /** What is wrong, when it has been for some looks, or that it no longer is; `undefined` where there is nothing new. */
  async look(): Promise<{ readonly reason: string } | 'well' | undefined> {
    if (this.checks.length === 0 || performance.now() < this.nextAtMs) return undefined;
    this.nextAtMs = performance.now() + this.intervalMs;
    const reason = await this.ask();
    this.failuresInARow = reason === undefined ? 0 : this.failuresInARow + 1;
    if (reason !== undefined && this.failuresInARow !== FAILURES_IN_A_ROW) return undefined;
    const wasTold = this.isTold;
    this.isTold = reason !== undefined;
    if (reason !== undefined) return { reason };
    return wasTold ? 'well' : undefined;
  }

  /** Begins anew: what is wrong from here on is news. */
  reset(): void {
    this.failuresInARow = 0;
  }

  /** What is wrong right now; `undefined` where nothing is. */
  async ask(): Promise<string | undefined> {
    return describeFailures(await checkHealth(this.checks)) || undefined;
  }
}
