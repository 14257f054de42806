// Waiting for health: by when a check has to hold, for how long, and what becomes of one that holds now and then.
import { describe, expect, it } from 'vitest';
import { type PatientHealthCheck, waitForHealth } from '#src/health/wait-for-health.js';

/** A check that answers in turn what `answers` has, and then always the last one; counts how often it was asked. */
function checkThat(answers: readonly boolean[], more: Partial<PatientHealthCheck> = {}) {
  let asked = 0;
  const check: PatientHealthCheck = {
    probe: {
      ...{ kind: 'function', name: 'it' },
      look: async () => answers[Math.min(asked++, answers.length - 1)] || 'is down',
    },
    ...{ required: true, intervalMs: 2, timeoutMs: 5000, ...more },
  };
  return { check, asked: () => asked };
}

const wait = (check: PatientHealthCheck, timeoutMs = 5000) => waitForHealth([check], { timeoutMs });

describe('a check', () => {
  it('that holds at once is asked once', async () => {
    const { check, asked } = checkThat([true]);
    expect(await wait(check)).toEqual({
      level: 'healthy',
      checks: [{ check: 'function it', required: true, ok: true }],
    });
    expect(asked()).toBe(1);
  });

  it('may fail until its deadline, and no longer', async () => {
    const late = checkThat([false, false, true]);
    expect((await wait(late.check)).level).toBe('healthy');
    const never = checkThat([false]);
    const { level, checks } = await wait(never.check, 20);
    expect([level, checks[0].reason]).toEqual(['unhealthy', 'is down']);
    expect(never.asked()).toBeGreaterThan(1);
  });

  it('is looked at once more when its deadline comes, however long its interval is', async () => {
    const { check, asked } = checkThat([false, true], { intervalMs: 3_600_000 });
    expect((await wait(check, 30)).level).toBe('healthy');
    expect(asked()).toBe(2);
  });

  it('has to hold without a break for as long as it says', async () => {
    const { check, asked } = checkThat([true, true, false, true], { healthyForMs: 12 });
    expect((await wait(check)).level).toBe('healthy');
    // One more than the three, and as many as it takes from there on.
    expect(asked()).toBeGreaterThan(4);
  });

  it('that holds now and then is not well, and how often it broke is told', async () => {
    let asked = 0;
    const look = async () => asked++ % 2 === 0 || 'is down';
    const check: PatientHealthCheck = {
      ...checkThat([]).check,
      probe: { kind: 'function', name: 'flapping', look },
      healthyForMs: 60_000,
    };
    const { level, checks } = await wait(check, 30);
    expect(level).toBe('unhealthy');
    expect(checks[0].reason).toMatch(/^is down; it held in between, and broke (once|\d+ times)$/);
  });

  it('may hold for longer than its deadline once it has begun to', async () => {
    const { check } = checkThat([true], { healthyForMs: 40 });
    expect((await wait(check, 5)).level).toBe('healthy');
  });

  it('that is not required is looked at once', async () => {
    const { check, asked } = checkThat([false], { required: false });
    expect((await wait(check)).level).toBe('degraded');
    expect(asked()).toBe(1);
  });

  it('is no longer waited for when nobody wants to know', async () => {
    const { check } = checkThat([false]);
    const stop = new AbortController();
    const waiting = waitForHealth([check], { timeoutMs: 3_600_000, signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
