// When the timer goes off: by the clock where the interval divides a day, by what has passed where it doesn't.
import { expect, test } from 'vitest';
import { saveSchedule } from '#src/install/save-schedule.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function calendarOf(everyMs: number): string[] {
  const lines = saveSchedule(everyMs);
  return lines
    .filter((line) => line.startsWith('OnCalendar='))
    .map((line) => line.slice('OnCalendar=*-*-* '.length));
}

test.each([
  [MINUTE, ['*:*:00']],
  [15 * MINUTE, ['*:00,15,30,45:00']],
  [
    1.5 * MINUTE,
    [
      '*:00,03,06,09,12,15,18,21,24,27,30,33,36,39,42,45,48,51,54,57:00',
      '*:01,04,07,10,13,16,19,22,25,28,31,34,37,40,43,46,49,52,55,58:30',
    ],
  ],
  [HOUR, ['*:00:00']],
  [1.5 * HOUR, ['00,03,06,09,12,15,18,21:00:00', '01,04,07,10,13,16,19,22:30:00']],
  [6 * HOUR, ['00,06,12,18:00:00']],
  [24 * HOUR, ['00:00:00']],
])('every %i ms, by the clock: %j', (everyMs, times) => {
  expect(calendarOf(everyMs)).toEqual(times);
  expect(saveSchedule(everyMs)).toContain('Persistent=true');
});

test.each([
  [7 * MINUTE, '420s', '420s'],
  [64_000, '64s', '64s'],
  [90_500, '90500ms', '90500ms'],
  [5 * HOUR, '18000s', '600s'],
  [48 * HOUR, '172800s', '600s'],
])('every %i ms, by what has passed', (everyMs, span, afterBoot) => {
  expect(calendarOf(everyMs)).toEqual([]);
  expect(saveSchedule(everyMs).slice(0, 2)).toEqual([`OnBootSec=${afterBoot}`, `OnUnitActiveSec=${span}`]);
  expect(saveSchedule(everyMs)).not.toContain('Persistent=true');
});

test('hosts save at times that differ a little, by no more than a tenth of the interval', () => {
  expect(saveSchedule(HOUR)).toContain('RandomizedDelaySec=60s');
  expect(saveSchedule(2 * MINUTE)).toContain('RandomizedDelaySec=12s');
});

test.each([0, 59_999, 367 * 24 * HOUR, Number.NaN])('%d ms are refused', (everyMs) => {
  expect(() => saveSchedule(everyMs)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
