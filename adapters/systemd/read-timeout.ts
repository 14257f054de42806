// The setting `timeout`: how long a unit may take, as savepoint.yaml writes durations; the schema has checked what it looks like.
import type { JsonObject } from '../state/state-adapter.js';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DEFAULT_MS = 90_000;

/** The milliseconds of a text such as `1m30s`, or of a number of seconds. */
export function readTimeoutMs({ timeout }: JsonObject): number {
  if (typeof timeout === 'number') return Math.max(1, Math.round(timeout * 1000));
  if (typeof timeout !== 'string') return DEFAULT_MS;
  const amounts = [...timeout.matchAll(/([0-9.]+)(ms|s|m|h|d)/g)];
  const sum = amounts.reduce((total, [, count, unit]) => total + Number(count) * UNITS_MS[unit], 0);
  return Math.max(1, Math.round(sum));
}
