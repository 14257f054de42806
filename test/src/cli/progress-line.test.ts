// The progress line, drawn on a terminal that keeps what it is sent, by a clock that stands where the test puts it.
import { expect, test } from 'vitest';
import { ProgressLine } from '#src/cli/progress-line.js';

const MIB = 2 ** 20;

function createLine(columns = 100) {
  const written: string[] = [];
  const clock = { nowMs: 0 };
  const line = new ProgressLine({ columns, write: (text) => written.push(text) }, () => clock.nowMs);
  const last = () => written.at(-1)?.replace('\r', '').replace('\x1b[K', '');
  return { line, written, clock, last };
}

test('it says how much is done, how fast it goes and how long it still takes', () => {
  const { line, clock, last } = createLine();
  for (clock.nowMs = 0; clock.nowMs <= 2000; clock.nowMs += 200) {
    line.update({
      doing: 'Saving etc',
      files: 1234,
      bytes: (clock.nowMs / 1000) * 10 * MIB,
      totalBytes: 100 * MIB,
    });
  }
  expect(last()).toBe('Saving etc  20 %  1,234 files  20.0 MiB of 100 MiB  10.0 MiB/s  8.0 s left');
});

test('without a total, or with one that was too small, there is no estimate', () => {
  const { line, clock, last } = createLine();
  for (clock.nowMs = 0; clock.nowMs <= 1000; clock.nowMs += 500)
    line.update({ doing: 'Saving', bytes: clock.nowMs });
  expect(last()).toBe('Saving  1000 B  1000 B/s');
  clock.nowMs = 2000;
  line.update({ doing: 'Saving', bytes: 2000, totalBytes: 10 });
  expect(last()).toBe('Saving  2.0 KiB  1000 B/s');
});

test('it is drawn at most ten times a second', () => {
  const { line, written, clock } = createLine();
  for (clock.nowMs = 0; clock.nowMs < 1000; clock.nowMs += 1) line.update({ doing: 'Saving', bytes: 0 });
  expect(written).toHaveLength(10);
});

test('the rate is that of the last seconds', () => {
  const { line, clock, last } = createLine();
  let bytes = 0;
  for (clock.nowMs = 0; clock.nowMs <= 20_000; clock.nowMs += 100) {
    bytes += clock.nowMs <= 10_000 ? 10 * MIB : MIB;
    line.update({ doing: 'Saving', bytes });
  }
  expect(last()).toContain('  10.0 MiB/s');
});

test('what is done next has a rate of its own', () => {
  const { line, clock, last } = createLine();
  for (clock.nowMs = 0; clock.nowMs <= 1000; clock.nowMs += 100)
    line.update({ doing: 'Saving a', bytes: MIB });
  line.update({ doing: 'Saving b', bytes: 0 });
  clock.nowMs = 1200;
  line.update({ doing: 'Saving b', bytes: 10 });
  expect(last()).toBe('Saving b  10 B');
});

test('it never wraps, and is gone when it is cleared', () => {
  const { line, written, last } = createLine(24);
  line.update({ doing: 'Saving a-component-with-a-long-name', bytes: 1 });
  expect(last()).toBe('Saving a-component-wit…');
  line.clear();
  expect(written.at(-1)).toBe('\r\x1b[K');
  line.clear();
  expect(written).toHaveLength(2);
});

test('of work of several parts it draws how much of all is done, and says what of this part', () => {
  const { line, clock, last } = createLine(120);
  const whole = { percent: 41.7, secondsLeft: 8 };
  line.update({ doing: 'Staging etc', files: 12, totalFiles: 3000, bytes: MIB, totalBytes: 3 * MIB, whole });
  expect(last()).toBe(
    '[########------------] 41 %  Staging etc  12 of 3,000 files  1.0 MiB of 3.0 MiB  8.0 s left',
  );
  clock.nowMs += 1000;
  line.update({ doing: 'Validating', files: 0, bytes: 0, whole: { percent: 99.9 } });
  expect(last()).toBe('[###################-] 99 %  Validating');
});
