// The meter of an operation's progress, by a clock that stands where the test puts it.
import { describe, expect, it } from 'vitest';
import { ProgressMeter } from '#src/rollback/progress-meter.js';
import type { RollbackProgress } from '#src/rollback/rollback-progress.js';
import type { OperationStep } from '#src/rollback/weigh-steps.js';
import type { OperationId } from '#store/operations/operation-entry.js';

const ID = 'ab'.repeat(16) as OperationId;
const STEPS: readonly OperationStep[] = [
  ...(['preflight', 'safety-point', 'planning', 'staging', 'deciding'] as const),
  ...(['applying', 'verifying', 'validating', 'health'] as const),
];

function createMeter() {
  const clock = { nowMs: 0 };
  const events: RollbackProgress[] = [];
  const meter = new ProgressMeter(
    ID,
    (event) => events.push(event),
    () => clock.nowMs,
  );
  return { meter, events, clock, last: () => events.at(-1) };
}

describe('a meter', () => {
  it('says each phase, and in between at most twenty times a second', () => {
    const { meter, events, clock } = createMeter();
    meter.enter('staging', { files: 100_000 });
    for (let files = 1; files <= 100_000; files++) {
      clock.nowMs += 0.01;
      meter.reach({ files });
    }
    meter.enter('deciding');
    meter.enter('applying');
    expect(events.length).toBeGreaterThan(15);
    expect(events.length).toBeLessThanOrEqual(20 + 3);
    expect(events.slice(-2).map(({ phase }) => phase)).toEqual(['deciding', 'applying']);
  });

  it('never goes back, whatever is done and however wrong its totals are, and is at 100 only at the end', () => {
    const { meter, events, clock } = createMeter();
    meter.expect({ tree: { files: 1000, bytes: 1e6 } });
    for (const step of [...STEPS, 'planning', 'staging', 'applying', 'verifying'] as const) {
      if (step === 'planning' && events.length > 50) meter.revert();
      meter.enter(step, { files: 10, bytes: 1000 });
      if (step === 'staging') meter.expect({ change: { files: 5000, bytes: 1e9 } });
      for (const files of [1, 5, 2, 30]) {
        clock.nowMs += 60;
        meter.reach({ files, bytes: files * 100 });
      }
    }
    const before = events.map(({ percent }) => percent);
    expect(before).toEqual([...before].sort((left, right) => left - right));
    expect(before[0]).toBe(0);
    expect(Math.max(...before)).toBeLessThan(100);
    expect(before.at(-1)).toBeGreaterThan(50);
    meter.end('reverted');
    expect(events.at(-1)).toMatchObject({ phase: 'ended', percent: 100, outcome: 'reverted' });
    expect(events.filter(({ outcome }) => outcome !== undefined)).toHaveLength(1);
  });

  it('gives a step the share of time that it takes', () => {
    const { meter, last } = createMeter();
    meter.expect({ tree: { files: 1000, bytes: 2 ** 30 } });
    meter.enter('planning');
    const planned = last()?.percent ?? 0;
    meter.expect({ change: { files: 1000, bytes: 2 ** 30 } });
    meter.enter('staging', { files: 1000, bytes: 2 ** 30 });
    const before = last()?.percent ?? 0;
    meter.enter('deciding');
    const after = last()?.percent ?? 0;
    expect(before - planned).toBeLessThan(10);
    expect(after - before).toBeGreaterThan(40);
  });

  it('adds up what is done in several components, and names the one and the file that it is at', () => {
    const { meter, last, clock } = createMeter();
    meter.enter('staging', { files: 30, bytes: 3000 });
    meter.turnTo('one');
    meter.reach({ files: 10, bytes: 1000 });
    meter.turnTo('two');
    clock.nowMs += 60;
    meter.reach({ files: 5, bytes: 500 }, () => '/two/file');
    expect(last()).toMatchObject({
      ...{ kind: 'progress', operation: ID, component: 'two', path: '/two/file' },
      ...{ files: 15, totalFiles: 30, bytes: 1500, totalBytes: 3000 },
    });
    clock.nowMs += 60;
    meter.reach({ files: 25, bytes: 500 });
    expect(last()).not.toHaveProperty('totalFiles');
    expect(last()).toHaveProperty('totalBytes', 3000);
  });

  it('asks for a path only where somebody is told', () => {
    const { meter, clock } = createMeter();
    let asked = 0;
    const path = () => `/file/${++asked}`;
    meter.enter('applying', { files: 1000 });
    for (let files = 1; files <= 100; files++) meter.reach({ files }, path);
    expect(asked).toBe(0);
    clock.nowMs += 60;
    meter.reach({ files: 101 }, path);
    expect(asked).toBe(1);
  });

  it('says how long it takes when the rate has been seen for a while, and is right where it is even', () => {
    const { meter, events, clock } = createMeter();
    meter.expect({ tree: { files: 0, bytes: 0 }, change: { files: 0, bytes: 2 ** 40 } });
    meter.enter('staging', { bytes: 2 ** 40 });
    for (let second = 0; second <= 30; second += 0.1) {
      clock.nowMs = second * 1000;
      meter.reach({ bytes: (second / 100) * 2 ** 40 });
    }
    const early = events.filter(({ secondsLeft }) => secondsLeft === undefined);
    expect(early.length).toBeGreaterThan(10);
    expect(early.length).toBeLessThan(30);
    const { percent, secondsLeft = 0 } = events.at(-1) as RollbackProgress;
    expect(secondsLeft).toBeGreaterThan(((100 - percent) / percent) * 30 * 0.9);
    expect(secondsLeft).toBeLessThan(((100 - percent) / percent) * 30 * 1.1);
    clock.nowMs += 60_000;
    meter.reach({ bytes: 0.3 * 2 ** 40 });
    expect(events.at(-1)).not.toHaveProperty('secondsLeft');
  });

  it('drops a listener that throws, tells the others, and throws at the end', () => {
    const { meter, events } = createMeter();
    let heard = 0;
    meter.listen(() => {
      heard++;
      throw new Error('the listener is broken');
    });
    for (const step of STEPS) meter.enter(step);
    meter.end('done');
    expect([heard, events.length]).toEqual([1, STEPS.length + 1]);
    expect(() => meter.throwFailure()).toThrow('the listener is broken');
  });
});
