// Waits until units have come to rest. Systemd decides how they are; the clock only runs while none of them gets anywhere, as
// some wait for others.
import { setTimeout as wait } from 'node:timers/promises';
import { askUnits } from './ask-systemd.js';
import type { UnitFacts } from './unit-facts.js';

export interface Waiting {
  /** How long one unit may take. */
  readonly timeoutMs: number;
  /** Whether there is nothing more to wait for with a unit; asked again and again. */
  readonly isAtRest: (facts: UnitFacts) => boolean;
  readonly arrived?: (facts: UnitFacts) => void;
}

const SHORTEST_LOOK_MS = 30;
const LONGEST_LOOK_MS = 300;

/** How they all are in the end, and which of them took too long. */
export async function waitForUnits(
  names: readonly string[],
  { timeoutMs, isAtRest, arrived }: Waiting,
): Promise<{ readonly facts: readonly UnitFacts[]; readonly late: readonly UnitFacts[] }> {
  const facts: UnitFacts[] = [];
  let waiting = await askUnits(names);
  let end = performance.now() + timeoutMs;
  for (let lookMs = SHORTEST_LOOK_MS; ; lookMs = Math.min(lookMs * 1.3, LONGEST_LOOK_MS)) {
    const there = waiting.filter(isAtRest);
    for (const each of there) arrived?.(each);
    facts.push(...there);
    waiting = waiting.filter((each) => !there.includes(each));
    if (waiting.length === 0) return { facts, late: [] };
    if (there.length > 0) end = performance.now() + timeoutMs;
    if (performance.now() > end) return { facts, late: waiting };
    await wait(lookMs);
    waiting = await askUnits(waiting.map(({ name }) => name));
  }
}
