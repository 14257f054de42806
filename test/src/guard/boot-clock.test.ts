// Deadlines of guarded changes: no jump of the clock moves them, and after a restart they are over.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deadlineIn, extendDeadline, remainingMs } from '#src/guard/boot-clock.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a deadline', () => {
  it.each(['2001-01-01', '2101-01-01'])('does not move when the clock jumps to %s', (date) => {
    const deadline = deadlineIn(60_000);
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(date) });
    expect(remainingMs(deadline)).toBeGreaterThan(50_000);
    expect(remainingMs(deadline)).toBeLessThanOrEqual(60_000);
  });

  it('is over when its time is, and later when it is extended', () => {
    const over = deadlineIn(-1);
    expect(remainingMs(over)).toBe(0);
    expect(remainingMs(extendDeadline(over, 60_000))).toBeGreaterThan(50_000);
  });

  it('of another start of the machine is over', () => {
    const other = { ...deadlineIn(60_000), bootId: '01234567-89ab-cdef-0123-456789abcdef' };
    expect(remainingMs(other)).toBe(0);
  });

  it('says when it is by the clock, for people', () => {
    expect(Math.abs(Date.parse(deadlineIn(60_000).at) - Date.now() - 60_000)).toBeLessThan(1000);
  });
});
