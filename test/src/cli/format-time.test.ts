// Times in the zone of whoever reads them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatExactTime, formatSeconds, formatTime } from '#src/cli/format-time.js';

const inheritedZone = process.env['TZ'];

beforeEach(() => {
  process.env['TZ'] = 'Asia/Kathmandu';
});

afterEach(() => {
  if (inheritedZone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = inheritedZone;
});

test('times are local, and exact ones say how far from UTC', () => {
  expect(formatTime('2026-01-31T22:05:09.123456789Z')).toBe('2026-02-01 03:50:09');
  expect(formatExactTime('2026-01-31T22:05:09.123Z')).toBe('2026-02-01 03:50:09 +05:45');
  process.env['TZ'] = 'America/St_Johns';
  expect(formatExactTime('2026-01-31T22:05:09Z')).toBe('2026-01-31 18:35:09 -03:30');
});

test('a time that no calendar holds is shown as it is', () => {
  expect(formatTime('@99999999999999.000000000')).toBe('@99999999999999.000000000');
});

test('spans of time get coarser as they get longer', () => {
  expect([0.04, 9.94, 9.96, 59.4, 59.6, 187, 7500].map(formatSeconds)).toEqual([
    ...['0.0 s', '9.9 s', '10 s', '59 s', '1 min 00 s', '3 min 07 s', '2 h 05 min'],
  ]);
});
