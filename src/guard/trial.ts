// The trial of a change that is made: its checks are waited for, its triggers looked at again and again, and what is found
// becomes the next state. All that takes time goes on beside; a look at it does not wait.
import { isSavepointError } from '../../store/errors.js';
import { checkHealth, type HealthReport } from '../health/check-health.js';
import { waitForHealth } from '../health/wait-for-health.js';
import type { Session } from '../session.js';
import { type ArmedTrigger, lookAtTrigger } from '../triggers/trigger.js';
import { announce } from './announce.js';
import { remainingMs } from './boot-clock.js';
import type { GuardBegin, GuardPhase, TrialPhase } from './guard-record.js';

type Reverting = Extract<GuardPhase, { state: 'reverting' }>;
type Next = Extract<GuardPhase, { state: 'reverting' | 'confirmed' | 'trial' }>;

/** Between two looks at one thing. */
const INTERVAL_MS: Readonly<Record<string, number>> = {
  service: 2000,
  'critical-log': 1000,
  corruption: 30_000,
};
const HEALTH_INTERVAL_MS = 5000;
/** A check that held has to fail so often in a row: one that flaps is no reason to go back. */
const FAILURES_IN_A_ROW = 3;
/** People are warned once when no more is left than this. */
const WARNING_MS = 60_000;

export class Trial {
  private readonly stop = new AbortController();
  private readonly triggers: { armed: ArmedTrigger; nextAtMs: number }[];
  private readonly told = new Set<string>();
  private looking: Promise<void> | undefined;
  private hasLooked = false;
  private waiting: Promise<void> | undefined;
  private health: HealthReport | undefined;
  private checkedAtMs = 0;
  private failuresInARow = 0;
  private next: Reverting | undefined;
  private broken: { readonly error: unknown } | undefined;

  constructor(
    private readonly session: Session,
    private readonly begin: GuardBegin,
  ) {
    this.triggers = begin.policy.triggers.map((armed) => ({ armed, nextAtMs: 0 }));
  }

  /** The state that follows by now from `phase`; `undefined` where it goes on. */
  async look(phase: TrialPhase): Promise<Next | undefined> {
    if (this.broken !== undefined) throw this.broken.error;
    this.looking ??= this.beside(this.lookAtTriggers(), () => {
      this.looking = undefined;
    });
    this.waiting ??= this.beside(this.watchHealth(phase), () => {
      this.waiting = undefined;
    });
    if (this.next !== undefined) return this.next;
    const health = phase.health ?? this.health;
    const isSettled = health !== undefined && this.hasLooked;
    const isConfirmed = phase.confirmBy === undefined || phase.confirmedBy !== undefined;
    if (isSettled && isConfirmed) {
      return { state: 'confirmed', health, ...(phase.confirmedBy && { confirmedBy: phase.confirmedBy }) };
    }
    const late = this.lookAtClock(phase);
    if (late !== undefined) return late;
    return isSettled && phase.health === undefined ? { ...phaseOf(phase), health } : undefined;
  }

  /** Lets go of all that goes on beside. */
  async end(): Promise<void> {
    this.stop.abort();
    await this.looking;
    await this.waiting;
  }

  /** Tells it once, and goes on. */
  report(reason: string): void {
    if (this.told.has(reason)) return;
    this.told.add(reason);
    announce(`The change '${this.begin.command.join(' ')}': ${reason}`);
  }

  private async beside(work: Promise<void>, done: () => void): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!isSavepointError(error, 'ABORTED')) this.broken = { error };
    }
    done();
  }

  private lookAtClock({ confirmBy, confirmedBy }: TrialPhase): Reverting | undefined {
    if (confirmBy === undefined || confirmedBy !== undefined) return undefined;
    const leftMs = remainingMs(confirmBy);
    if (leftMs === 0)
      return { state: 'reverting', trigger: 'unconfirmed', reason: 'nobody confirmed it in time' };
    if (leftMs < WARNING_MS && (this.begin.policy.confirmMs ?? 0) > WARNING_MS)
      this.report("it goes back in less than a minute, unless somebody confirms it by 'savepoint confirm'");
    return undefined;
  }

  private async lookAtTriggers(): Promise<void> {
    for (const trigger of this.triggers) {
      const { rule } = trigger.armed;
      if (performance.now() < trigger.nextAtMs || this.stop.signal.aborted) continue;
      trigger.nextAtMs = performance.now() + (INTERVAL_MS[rule.on] ?? Number.POSITIVE_INFINITY);
      try {
        const look = await lookAtTrigger(this.session, trigger.armed);
        trigger.armed = look.trigger;
        if (look.reason !== undefined) this.find(trigger.armed, look.reason);
      } catch (error) {
        if (!isSavepointError(error)) throw error;
        this.report(`the trigger '${rule.on}' can't be watched: ${error.message}`);
      }
    }
    this.hasLooked = true;
  }

  private find({ rule }: ArmedTrigger, reason: string): void {
    if (rule.do === 'report') {
      this.report(reason);
      return;
    }
    const isPartial = this.begin.policy.partial && rule.components !== undefined;
    this.next ??= {
      ...{ state: 'reverting', trigger: rule.on, reason },
      ...(isPartial ? { components: rule.components } : {}),
    };
  }

  /** First until all checks hold, then again and again whether they still do. */
  private async watchHealth({ health: known }: TrialPhase): Promise<void> {
    const { health: checks, timeoutMs } = this.begin.policy;
    const { signal } = this.stop;
    if (known === undefined && this.health === undefined) {
      const found = await waitForHealth(checks, { timeoutMs, signal });
      if (isWell(found)) this.health = found;
      else this.fail(found);
      this.checkedAtMs = performance.now();
      return;
    }
    if (checks.length === 0 || performance.now() - this.checkedAtMs < HEALTH_INTERVAL_MS) return;
    const found = await checkHealth(checks);
    this.checkedAtMs = performance.now();
    this.failuresInARow = isWell(found) ? 0 : this.failuresInARow + 1;
    if (this.failuresInARow === FAILURES_IN_A_ROW) this.fail(found);
  }

  private fail(found: HealthReport): void {
    const reason = describeHealth(found);
    const trigger = this.triggers.find(({ armed }) => armed.rule.on === 'failure')?.armed;
    if (trigger !== undefined) this.find(trigger, reason);
    // Nobody wants it to go back for that.
    if (this.next === undefined) {
      this.report(reason);
      this.health ??= found;
    }
  }
}

function isWell({ checks }: HealthReport): boolean {
  return checks.every(({ ok, required }) => ok || !required);
}

function describeHealth({ checks }: HealthReport): string {
  const failed = checks.filter(({ ok, required }) => required && !ok);
  return failed.map(({ check, reason }) => `${check} ${reason}`).join('; ');
}

function phaseOf({ state, confirmBy, confirmedBy, health }: TrialPhase): TrialPhase {
  return {
    state,
    ...(confirmBy === undefined ? {} : { confirmBy }),
    ...(confirmedBy === undefined ? {} : { confirmedBy }),
    ...(health === undefined ? {} : { health }),
  };
}
