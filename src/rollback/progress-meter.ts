// The progress of one operation: who works says where it is, who watches hears of it at most twenty times a second and at each
// new phase. A listener that fails hears no more, and keeps nothing from being done.
import type { OperationId, OperationOutcome } from '../../store/operations/operation-entry.js';
import type { Amount, ProgressListener, RollbackPhase, RollbackProgress } from './rollback-progress.js';
import { TimeLeft } from './time-left.js';
import { type OperationStep, portionDone, shareOf, type Workload } from './weigh-steps.js';

const EVENT_INTERVAL_MS = 50;
const NOTHING: Amount = { files: 0, bytes: 0 };

export class ProgressMeter {
  private readonly listeners: ProgressListener[] = [];
  private readonly timeLeft = new TimeLeft();
  private work: Workload = { tree: NOTHING };
  private step: OperationStep = 'preflight';
  private isReverting = false;
  /** The part of the whole that this step takes, in percent. */
  private from = 0;
  private to = 0;
  private percent = 0;
  private total: Partial<Amount> = {};
  /** Of this step: in components that are done, and in the one that is worked on. */
  private settled = NOTHING;
  private current = NOTHING;
  private component: string | undefined;
  private path: string | undefined;
  private saidAtMs = Number.NEGATIVE_INFINITY;
  private failure: { readonly error: unknown } | undefined;

  constructor(
    readonly operation: OperationId,
    listener?: ProgressListener,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    if (listener !== undefined) this.listen(listener);
  }

  /** Tells `listener` too, from now on, and before those that listen already: they may take their time. */
  listen(listener: ProgressListener): void {
    this.listeners.unshift(listener);
  }

  /** Takes what is known of the work into account, from the next step on. */
  expect(work: Partial<Workload>): void {
    this.work = { ...this.work, ...work };
  }

  /** Begins a step, that has so much to do as far as that is known. */
  enter(step: OperationStep, total: Partial<Amount> = {}): void {
    this.from = this.to;
    this.to = this.from + (100 - this.from) * shareOf(step, this.work);
    this.step = step;
    this.total = total;
    this.settled = NOTHING;
    this.current = NOTHING;
    this.component = undefined;
    this.path = undefined;
    this.say(this.phase);
  }

  /** From here on, all is done to take back what was done. */
  revert(): void {
    this.isReverting = true;
    this.to = this.percent;
    this.work = { tree: this.work.tree };
  }

  /** What is counted next is of `component`, and counted from nothing. */
  turnTo(component: string): void {
    this.settled = sum(this.settled, this.current);
    this.current = NOTHING;
    this.component = component;
    this.path = undefined;
    this.sayIfDue();
  }

  /** So much of the component is done. `path` is asked for only where somebody is told. */
  reach(done: Partial<Amount> & { readonly component?: string }, path?: () => string | undefined): void {
    const { component = this.component, files = 0, bytes = 0 } = done;
    if (component !== this.component) this.turnTo(component as string);
    this.current = { files, bytes };
    this.sayIfDue(path);
  }

  /** The operation is over. */
  end(outcome: OperationOutcome): void {
    this.from = this.to = 100;
    this.component = undefined;
    this.path = undefined;
    this.say('ended', outcome);
  }

  /** Throws what a listener has thrown. */
  throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  private get phase(): RollbackPhase {
    return this.isReverting ? 'reverting' : this.step;
  }

  private sayIfDue(path?: () => string | undefined): void {
    if (this.nowMs() - this.saidAtMs < EVENT_INTERVAL_MS) return;
    this.path = path?.();
    this.say(this.phase);
  }

  private say(phase: RollbackPhase, outcome?: OperationOutcome): void {
    if (this.listeners.length === 0) return;
    this.saidAtMs = this.nowMs();
    const event = this.describe(phase, outcome);
    for (const listener of [...this.listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.failure ??= { error };
        this.listeners.splice(this.listeners.indexOf(listener), 1);
      }
    }
  }

  private describe(phase: RollbackPhase, outcome: OperationOutcome | undefined): RollbackProgress {
    const { total, component, path } = this;
    const done = sum(this.settled, this.current);
    const portion = portionDone(this.step, done, total);
    this.percent = Math.max(this.percent, this.from + (this.to - this.from) * portion);
    const secondsLeft = phase === 'ended' ? undefined : this.timeLeft.note(this.saidAtMs, this.percent);
    return {
      ...{ kind: 'progress', operation: this.operation, phase, percent: Math.floor(this.percent * 10) / 10 },
      ...(component === undefined ? {} : { component }),
      ...(path === undefined ? {} : { path }),
      files: done.files,
      ...(isTotal(total.files, done.files) ? { totalFiles: total.files } : {}),
      bytes: done.bytes,
      ...(isTotal(total.bytes, done.bytes) ? { totalBytes: total.bytes } : {}),
      ...(secondsLeft === undefined ? {} : { secondsLeft: Math.ceil(secondsLeft * 10) / 10 }),
      ...(outcome === undefined ? {} : { outcome }),
      at: new Date().toISOString(),
    };
  }
}

/** Some totals are estimates: one that was too small is none. */
function isTotal(total: number | undefined, done: number): total is number {
  return total !== undefined && done <= total;
}

function sum(left: Amount, right: Amount): Amount {
  return { files: left.files + right.files, bytes: left.bytes + right.bytes };
}
