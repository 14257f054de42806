// Durations and sizes with units, and what they come to.
import { expect, it } from 'vitest';
import { readDurationMs, readSizeBytes } from '#src/configuration/amounts.js';

it.each([
  ['250ms', 250],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1_500],
  [90, 90_000],
  [0.25, 250],
  [0.0001, 1],
  ['0.001ms', 1],
] as const)('the duration %s is %d milliseconds', (amount, milliseconds) => {
  expect(readDurationMs(amount)).toBe(milliseconds);
});

it.each([
  ['1B', 1],
  ['20GiB', 21_474_836_480],
  ['1.5 KiB', 1_536],
  ['500MB', 500_000_000],
  ['1kB', 1_000],
  ['1KB', 1_000],
  ['2TiB', 2_199_023_255_552],
  ['3TB', 3_000_000_000_000],
  ['0.5B', 1],
  [4096, 4_096],
] as const)('the size %s is %d bytes', (amount, bytes) => {
  expect(readSizeBytes(amount)).toBe(bytes);
});
