// The ref log on a real disk, used by several processes at once.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDiskBackend } from '#adapters/backends/disk-backend.js';
import { openRefLog } from '#store/refs/ref-log.js';
import { verifyRefLog } from '#store/refs/verify-ref-log.js';
import { startScript } from '../../adapters/backends/child-script.js';
import { CONTEXT, numbersOf } from './ref-log-fixture.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'savepoint-refs-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const OPEN = `
  import CRC32 from 'crc-32';
  import { createDiskBackend } from '#adapters/backends/disk-backend.js';
  import { openRefLog } from '#store/refs/ref-log.js';
  const { directory, who, times } = JSON.parse(process.argv[1]);
  const platform = { crc32: (bytes) => CRC32.buf(bytes) >>> 0 };
  const log = openRefLog({ backend: createDiskBackend({ directory }), platform, format: 'sha256' });
  const idOf = (number) => number.toString(16).padStart(64, '0');`;

it('8 processes that count one ref up 50 times each count to 400', async () => {
  const script = `${OPEN}
    let lost = 0;
    for (let done = 0; done < times; ) {
      const found = (await log.read()).refs.get('points/count')?.id;
      const next = idOf(Number.parseInt(found ?? '0', 16) + 1);
      try {
        await log.update([
          { name: 'points/count', expected: found, value: next },
          { name: 'points/' + who + '-' + done, expected: undefined, value: next },
        ]);
        done++;
      } catch (error) {
        if (error.code !== 'REF_MOVED') throw error;
        lost++;
      }
    }
    console.log(lost);`;
  const scripts = Array.from({ length: 8 }, (_, who) => startScript(script, { directory, who, times: 50 }));
  const ends = await Promise.all(scripts.map((running) => running.end));
  expect(ends.map((end) => end.exitCode)).toEqual(Array(8).fill(0));
  expect(ends.reduce((sum, end) => sum + Number(end.output), 0)).toBeGreaterThan(0);
  const backend = createDiskBackend({ directory });
  const state = await openRefLog({ backend, ...CONTEXT }).read();
  expect(state.sequence).toBe(400);
  expect(state.refs.size).toBe(401);
  const { 'points/count': count, ...others } = numbersOf(state);
  expect(count).toBe(400);
  expect(Object.values(others).sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
  expect(await verifyRefLog({ backend, ...CONTEXT })).toEqual([]);
  expect(readdirSync(join(directory, 'refs')).length).toBeLessThan(64 * 3 + 2);
  expect(readdirSync(join(directory, 'tmp'))).toEqual([]);
});

it('processes killed at any instant leave a log that reads, and every change that was reported', async () => {
  const script = `${OPEN}
    const { writeSync } = await import('node:fs');
    for (let i = 0; ; i++) {
      const name = 'points/' + who + '-' + i;
      const state = await log.update([{ name, expected: undefined, value: idOf(i) }]);
      writeSync(1, name + ' ');
      if (i === times) writeSync(1, 'enough ');
    }`;
  const backend = createDiskBackend({ directory });
  const log = openRefLog({ backend, ...CONTEXT });
  const reported: string[] = [];
  for (let round = 0; round < 4; round++) {
    const scripts = [0, 1].map((who) =>
      startScript(script, { directory, who: `${round}-${who}`, times: 10 + 15 * round }),
    );
    await Promise.all(scripts.map((running) => running.untilPrinted('enough')));
    for (const running of scripts) running.process.kill('SIGKILL');
    const ends = await Promise.all(scripts.map((running) => running.end));
    for (const { output } of ends) {
      for (const word of output.split(' ')) if (word.startsWith('points/')) reported.push(word);
    }
    const { refs } = await log.read();
    expect(reported.filter((name) => !refs.has(name))).toEqual([]);
    const killedBeforeReporting = refs.size - reported.length;
    expect(killedBeforeReporting).toBeLessThanOrEqual(2 * (round + 1));
    expect(await verifyRefLog({ backend, ...CONTEXT })).toEqual([]);
  }
  await backend.removeAbandonedWrites();
  expect(readdirSync(join(directory, 'tmp'))).toEqual([]);
});
