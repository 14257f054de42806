// Tells when units change: looks as soon as systemd says over the bus that something has happened, or else each second.
import { isSavepointError } from '../../store/errors.js';
import type { StateContext } from '../state/state-adapter.js';
import { selectUnits } from './select-units.js';
import type { UnitFacts } from './unit-facts.js';
import { listenForUnits, type UnitSignals } from './unit-signals.js';
import { unitObject } from './unit-step.js';

/** Systemd says the same in several signals. */
const GATHER_MS = 50;
const LOOK_MS = 1000;

/** Throws where systemd can't be asked. */
export async function watchUnits(
  context: StateContext,
  changed: (object: string) => void,
): Promise<{ close(): void }> {
  const watch = new UnitWatch(context, changed);
  await watch.open();
  return watch;
}

class UnitWatch {
  private known = new Map<string, string>();
  private signals: UnitSignals | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;
  private isStale = false;
  private isClosed = false;

  constructor(
    private readonly context: StateContext,
    private readonly changed: (object: string) => void,
  ) {}

  async open(): Promise<void> {
    // Before the first look, so that nothing is missed in between.
    this.signals = await listenForUnits({
      heard: () => this.schedule(GATHER_MS),
      lost: () => {
        this.signals = undefined;
        this.schedule(GATHER_MS);
      },
    });
    this.known = await this.read();
    if (this.signals === undefined) this.schedule(LOOK_MS);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.signals?.close();
  }

  private schedule(delayMs: number): void {
    this.isStale = true;
    if (this.isClosed || this.isLooking || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.look();
    }, delayMs);
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    this.isStale = false;
    const isRead = await this.compare();
    this.isLooking = false;
    if (!isRead || this.signals === undefined) this.schedule(LOOK_MS);
    else if (this.isStale) this.schedule(GATHER_MS);
  }

  /** Answers whether systemd could be asked; it can't while it replaces itself. */
  private async compare(): Promise<boolean> {
    try {
      const now = await this.read();
      const before = this.known;
      this.known = now;
      for (const name of new Set([...before.keys(), ...now.keys()])) {
        if (!this.isClosed && before.get(name) !== now.get(name)) this.changed(unitObject(name));
      }
      return true;
    } catch (error) {
      if (isSavepointError(error, 'STATE_UNREADABLE', 'PROGRAM_MISSING')) return false;
      throw error;
    }
  }

  private async read(): Promise<Map<string, string>> {
    const units = await selectUnits(this.context.settings);
    return new Map(units.map((facts) => [facts.name, summary(facts)]));
  }
}

/** All of a unit that changes when something happens to it, and only then. */
function summary(facts: UnitFacts): string {
  const { id, load, active, sub, unitFile, invocation, restarts, needsReload, result } = facts;
  return JSON.stringify([id, load, active, sub, unitFile, invocation, restarts, needsReload, result]);
}
