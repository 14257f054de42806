// The trial of a change that is made: its checks are waited for, its triggers looked at again and again, and what is found
// becomes the next state. All that takes time goes on beside; a look at it does not wait.
import { isSavepointError } from '../../store/errors.js';
import { describeFailures, type HealthReport } from '../health/check-health.js';
import { HealthWatch } from '../health/health-watch.js';
import { pause, waitForHealth } from '../health/wait-for-health.js';
import type { Session } from '../session.js';
import { type TriggerFinding, TriggerWatch } from '../triggers/trigger-watch.js';
import { announce, nameChange } from './announce.js';
import { remainingMs } from './boot-clock.js';
import type { GuardBegin, GuardPhase, TrialPhase } from './guard-record.js';

type Reverting = Extract<GuardPhase, { state: 'reverting' }>;
type Next = Extract<GuardPhase, { state: 'reverting' | 'confirmed' | 'trial' }>;

/** People are warned once when no more is left than this. */
const WARNING_MS = 60_000;
/** A look that hangs is left behind. */
const LONGEST_END_MS = 5000;

export class Trial {
  private readonly stop = new AbortController();
  private startedAtMs = Number.POSITIVE_INFINITY;
  private readonly watchMs: number;
  private readonly triggers: TriggerWatch;
  private readonly told = new Set<string>();
  private looking: Promise<void> | undefined;
  private hasLooked = false;
  private waiting: Promise<void> | undefined;
  private health: HealthReport | undefined;
  private readonly healthWatch: HealthWatch;
  private next: Reverting | undefined;
  private broken: { readonly error: unknown } | undefined;

  constructor(
    session: Session,
    private readonly begin: GuardBegin,
  ) {
    this.triggers = new TriggerWatch(session, begin.policy.triggers);
    this.healthWatch = new HealthWatch(begin.policy.health);
    // What breaks by the change does not always break at once.
    const watched = begin.policy.triggers.filter(({ baseline }) => baseline !== undefined);
    this.watchMs = watched.length === 0 ? 0 : begin.policy.watchMs;
  }

  /** The state that follows by now from `phase`; `undefined` where it goes on. */
  async look(phase: TrialPhase): Promise<Next | undefined> {
    if (this.broken !== undefined) {
      const { error } = this.broken;
      this.broken = undefined;
      throw error;
    }
    if (this.startedAtMs === Number.POSITIVE_INFINITY) this.startedAtMs = performance.now();
    this.looking ??= this.beside(this.lookAtTriggers(), () => {
      this.looking = undefined;
    });
    this.waiting ??= this.beside(this.watchHealth(phase), () => {
      this.waiting = undefined;
    });
    if (this.next !== undefined) return this.next;
    const health = phase.health ?? this.health;
    const isWatched = performance.now() - this.startedAtMs >= this.watchMs;
    const isSettled = health !== undefined && this.hasLooked && isWatched;
    const isConfirmed = phase.confirmBy === undefined || phase.confirmedBy !== undefined;
    if (isSettled && isConfirmed) {
      return { state: 'confirmed', health, ...(phase.confirmedBy && { confirmedBy: phase.confirmedBy }) };
    }
    const late = this.lookAtClock(phase);
    if (late !== undefined) return late;
    return isSettled && phase.health === undefined ? { ...phase, health } : undefined;
  }

  /** Lets go of all that goes on beside. */
  async end(): Promise<void> {
    this.stop.abort();
    const ended = new AbortController();
    const all = Promise.all([this.looking, this.waiting]).then(() => ended.abort());
    await Promise.race([all, pause(LONGEST_END_MS, ended.signal)]);
  }

  /** Tells it once, and goes on. */
  report(reason: string): void {
    if (this.told.has(reason)) return;
    this.told.add(reason);
    announce(`The change ${nameChange(this.begin.command)}: ${reason}`);
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
    for (const finding of await this.triggers.look(this.stop.signal)) this.find(finding);
    this.hasLooked = true;
  }

  private find({ rule, reason, isBlind }: TriggerFinding): void {
    if (rule.do === 'report' || isBlind === true) {
      this.report(reason);
      return;
    }
    const components = this.begin.policy.partial ? this.guardedAmong(rule.components ?? []) : [];
    this.next ??= {
      ...{ state: 'reverting', trigger: rule.on, reason },
      ...(components.length === 0 ? {} : { components }),
    };
  }

  /** Where none of what a trouble is about is guarded, all of the change goes back. */
  private guardedAmong(named: readonly string[]): string[] {
    const { components, categories } = this.begin;
    return components.filter((name) => named.includes(name) || named.includes(categories[name] ?? ''));
  }

  /** First until all checks hold, then again and again whether they still do. */
  private async watchHealth({ health: known }: TrialPhase): Promise<void> {
    const { health: checks, timeoutMs } = this.begin.policy;
    const { signal } = this.stop;
    if (known === undefined && this.health === undefined) {
      const found = await waitForHealth(checks, { timeoutMs, signal });
      if (isWell(found)) this.health = found;
      else this.fail(describeFailures(found), found);
      return;
    }
    const news = await this.healthWatch.look();
    if (news !== undefined && news !== 'well') this.fail(news.reason);
  }

  /** `found` is the health that counts where nobody wants it to go back for that. */
  private fail(reason: string, found?: HealthReport): void {
    const rule = this.begin.policy.triggers.find((armed) => armed.rule.on === 'failure')?.rule;
    if (rule !== undefined) this.find({ rule, reason });
    if (this.next !== undefined) return;
    this.report(reason);
    this.health ??= found;
  }
}

function isWell({ checks }: HealthReport): boolean {
  return checks.every(({ ok, required }) => ok || !required);
}
