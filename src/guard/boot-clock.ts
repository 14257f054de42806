// Time limits that hold across processes, and that no jump of the clock moves: they count from the start of the kernel, and
// name it, as after a restart nothing is left of what they were about.
import { readFileSync } from 'node:fs';

export interface Deadline {
  /** The kernel's boot id. */
  readonly bootId: string;
  /** Of CLOCK_MONOTONIC. */
  readonly monotonicMs: number;
  /** When that is by the clock, for people: ISO 8601, UTC. */
  readonly at: string;
}

export function deadlineIn(durationMs: number): Deadline {
  return {
    bootId: readBootId(),
    monotonicMs: monotonicMs() + durationMs,
    at: timeAt(Date.now() + durationMs),
  };
}

/** The same deadline, later. */
export function extendDeadline({ bootId, monotonicMs, at }: Deadline, byMs: number): Deadline {
  return { bootId, monotonicMs: monotonicMs + byMs, at: timeAt(Date.parse(at) + byMs) };
}

/** Later than this no date is (ECMA-262, time values). */
const LAST_MS = 8.64e15;

function timeAt(milliseconds: number): string {
  return new Date(Math.min(LAST_MS, milliseconds)).toISOString();
}

/** How long it is until then: nothing where it is over, or was one of an earlier start of the machine. */
export function remainingMs(deadline: Deadline): number {
  return deadline.bootId === readBootId() ? Math.max(0, deadline.monotonicMs - monotonicMs()) : 0;
}

/** Differs after each start of the machine. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
