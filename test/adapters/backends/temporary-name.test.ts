// Whose unfinished file is abandoned: told from the name alone, for processes living, dead, replaced and out of reach.

import { describe, expect, it } from 'vitest';
import { createTemporaryName, isAbandoned, UNANSWERED_MS } from '#adapters/backends/temporary-name.js';
import { startScript } from './child-script.js';

const NOW_MS = Date.now();
const FIELDS = ['boot', 'host', 'namespace', 'pid', 'startTime'] as const;
const OTHER_BOOT = 'b'.repeat(32);

/** This process's name, with some of its parts changed. */
function nameWith(changes: Partial<Record<(typeof FIELDS)[number], string>>): string {
  const parts = createTemporaryName().split('.');
  return parts.map((part, i) => changes[FIELDS[i]] ?? part).join('.');
}

const startOf = (name: string) => name.split('.')[4];

describe('a temporary name', () => {
  it('is never given twice', () => {
    const names = new Set(Array.from({ length: 1000 }, createTemporaryName));
    expect(names.size).toBe(1000);
  });

  it('of this process is not abandoned, however old the file is', () => {
    expect(isAbandoned(createTemporaryName(), 0, NOW_MS)).toBe(false);
  });

  it('of a process that ended is abandoned at once', async () => {
    const script = `
      import { createTemporaryName } from '#adapters/backends/temporary-name.js';
      console.log(createTemporaryName() + ';');
      setInterval(() => {}, 1000);`;
    const running = startScript(script, {});
    await running.untilPrinted(';');
    const pid = String(running.process.pid);
    const living = nameWith({ pid, startTime: '1' });
    expect(isAbandoned(living, NOW_MS, NOW_MS)).toBe(true);
    running.process.kill('SIGKILL');
    const name = (await running.end).output.trim().replace(';', '');
    expect(name.split('.')[3]).toBe(pid);
    expect(isAbandoned(name, NOW_MS, NOW_MS)).toBe(true);
  });

  it('is abandoned where its process id belongs to another process by now', () => {
    const startTime = String(Number(startOf(createTemporaryName())) + 1);
    expect(isAbandoned(nameWith({ startTime }), NOW_MS, NOW_MS)).toBe(true);
  });

  it('of an earlier boot of this host is abandoned, though its process id is in use', () => {
    expect(isAbandoned(nameWith({ boot: OTHER_BOOT }), NOW_MS, NOW_MS)).toBe(true);
  });

  it.each([
    ['another host', { boot: OTHER_BOOT, host: 'c'.repeat(12) }],
    ['another container', { namespace: '1234', pid: '4194303' }],
    ['a host that tells nothing', { boot: 'unknown', namespace: 'unknown', startTime: 'unknown' }],
  ])('of %s is abandoned after a long silence only', (_, changes) => {
    const name = nameWith(changes);
    expect(isAbandoned(name, NOW_MS - UNANSWERED_MS, NOW_MS)).toBe(false);
    expect(isAbandoned(name, NOW_MS - UNANSWERED_MS - 1, NOW_MS)).toBe(true);
  });

  it('that we did not make is left alone', () => {
    for (const name of ['a', 'notes.txt', `${createTemporaryName()}.x`, createTemporaryName().slice(0, -1)]) {
      expect(isAbandoned(name, 0, NOW_MS), name).toBe(false);
    }
  });
});
