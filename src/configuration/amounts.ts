// Amounts as savepoint.yaml writes them: a number with a unit, or a number alone. What they look like is in the schema.
import { assert } from '../../store/errors.js';

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
  ...{ kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
};

/** The milliseconds, at least 1, of a text such as `1h30m`, or of a number of seconds. */
export function readDurationMs(amount: string | number): number {
  const milliseconds = typeof amount === 'number' ? amount * 1000 : sum(amount, DURATION_UNITS);
  return Math.max(1, Math.round(milliseconds));
}

/** The bytes, at least 1, of a text such as `20GiB`, or of a number of bytes. */
export function readSizeBytes(amount: string | number): number {
  return typeof amount === 'number' ? amount : Math.max(1, Math.floor(sum(amount, SIZE_UNITS)));
}

function sum(text: string, units: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const [, count, unit] of text.matchAll(/([0-9.]+) ?([A-Za-z]+)/g)) {
    assert(Object.hasOwn(units, unit), `the schema lets the unit ${unit} in`);
    total += Number(count) * units[unit];
  }
  return total;
}
