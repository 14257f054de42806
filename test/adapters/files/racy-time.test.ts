// Which files are too new for a stat cache to vouch for.
import { expect, it } from 'vitest';
import { distrustFrom } from '#adapters/files/racy-time.js';
import { STATUS_WORDS, WORD } from '#adapters/files/status-words.js';

const START_MS = 1_700_000_000_500;

/** Whether a file is distrusted that was modified, and whose status was changed, so long before the scan began. */
function isDistrusted(modifiedBeforeMs: number, changedBeforeMs: number): boolean {
  const at = STATUS_WORDS;
  const words = new Int32Array(2 * STATUS_WORDS);
  const write = (timeMs: number, seconds: number, nanoseconds: number) => {
    words[at + seconds] = Math.floor(timeMs / 1000) % 2 ** 32;
    words[at + seconds + 1] = Math.floor(Math.floor(timeMs / 1000) / 2 ** 32);
    words[at + nanoseconds] = (((timeMs % 1000) + 1000) % 1000) * 1e6;
  };
  write(START_MS - modifiedBeforeMs, WORD.modifiedSeconds, WORD.modifiedNanoseconds);
  write(START_MS - changedBeforeMs, WORD.changedSeconds, WORD.changedNanoseconds);
  return distrustFrom(START_MS)(words, at);
}

const HOUR = 3_600_000;

it.each([
  ['both long ago', HOUR, HOUR, false],
  ['both before 1970', START_MS + HOUR, START_MS + HOUR, false],
  ['both some moments ago', 21, 21, false],
  ['both a second ago', 1000, 1020, false],
  ['modified within two ticks of the clock', 19, HOUR, true],
  ['changed within two ticks of the clock', HOUR, 19, true],
  ['at the very start', 0, 0, true],
  ['modified after the start', -1, HOUR, true],
  ['changed after the start', HOUR, -1, true],
  ['modified in the future', -HOUR, HOUR, true],
  ['modified beyond 2038 and 2106', -(2 ** 33) * 1000, HOUR, true],
])('a file %s is trusted or not', (_, modified, changed, expected) => {
  expect(isDistrusted(modified, changed)).toBe(expected);
});
