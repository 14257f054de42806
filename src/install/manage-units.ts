// Has systemd take notice of units: those that came, and those that go. What it does not do is told and keeps nothing else
// from being done.
import { askManager, isManaged } from '../composition.js';
import type { HostRoot } from './host-root.js';

export interface ManagerProblem {
  /** What systemd was asked for, as one would ask for it by hand. */
  readonly command: string;
  readonly message: string;
}

export class UnitManager {
  private readonly found: ManagerProblem[] = [];

  /** The manager of `host`; `undefined` where there is none to talk to: an image, or a host without systemd. */
  static find(host: HostRoot): UnitManager | undefined {
    return host.isThisHost && isManaged() ? new UnitManager() : undefined;
  }

  get problems(): readonly ManagerProblem[] {
    return this.found;
  }

  reload(): void {
    this.ask('daemon-reload');
  }

  enable(units: readonly string[]): void {
    if (units.length > 0) this.ask('enable', ...units);
  }

  /** Answers whether the unit runs; one that is changed starts anew. */
  start(unit: string, options: { readonly isChanged: boolean }): boolean {
    return this.ask(options.isChanged ? 'restart' : 'start', unit);
  }

  /** Stops those of `units` that run; answers which. */
  stop(units: readonly string[]): string[] {
    const running = units.filter((unit) => !['inactive', 'failed'].includes(this.stateOf(unit)));
    return running.filter((unit) => this.ask('stop', unit));
  }

  /** A unit that failed is remembered even when its file is gone. */
  forgetFailures(units: readonly string[]): void {
    for (const unit of units) if (this.stateOf(unit) === 'failed') this.ask('reset-failed', unit);
  }

  disable(units: readonly string[]): void {
    if (units.length > 0) this.ask('disable', ...units);
  }

  private stateOf(unit: string): string {
    return askManager(['show', '--property=ActiveState', '--value', unit]).output;
  }

  private ask(...args: string[]): boolean {
    const { ok, output } = askManager(args);
    if (!ok) this.found.push({ command: `systemctl ${args.join(' ')}`, message: output });
    return ok;
  }
}
