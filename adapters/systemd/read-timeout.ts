// The setting `timeout`: how long a unit may take, as savepoint.yaml writes durations; the schema has checked what it looks like.
import { parseDurationMs } from '../state/duration.js';
import type { JsonObject } from '../state/state-adapter.js';

const DEFAULT_MS = 90_000;

/** The milliseconds of a text such as `1m30s`, or of a number of seconds. */
export function readTimeoutMs({ timeout }: JsonObject): number {
  if (typeof timeout === 'number') return Math.max(1, Math.round(timeout * 1000));
  if (typeof timeout !== 'string') return DEFAULT_MS;
  return Math.max(1, Math.round(parseDurationMs(timeout)));
}
