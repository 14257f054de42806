// Durations in the settings of state adapters, as savepoint.yaml writes them.

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a text such as `1m30s`; the schema has checked what it looks like. */
export function parseDurationMs(text: string): number {
  const amounts = [...text.matchAll(/([0-9.]+)(ms|s|m|h|d)/g)];
  return amounts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit], 0);
}

const DURATION = /^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d))+$/;

/** Of a setting: seconds, or a text such as 90s. `undefined` where it is neither. */
export function readDurationMs(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 0 ? value * 1000 : undefined;
  return typeof value === 'string' && DURATION.test(value) ? parseDurationMs(value) : undefined;
}
