// The queue of a block device of the test's own: a loop device over a file.
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import { applySteps, captureState, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { putBack, stateOnly } from './put-back.js';

function attachLoop(): string {
  const file = join(createTemporaryDirectory(), 'disk');
  const handle = openSync(file, 'w');
  ftruncateSync(handle, 1 << 20);
  closeSync(handle);
  const device = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim();
  onTestFinished(() => void execFileSync('losetup', ['--detach', device]));
  return basename(device);
}

test('the queue of a device goes back, with what its scheduler has', async () => {
  const device = attachLoop();
  const settings = { block: [device] };
  const queue = (setting: string) => `/sys/block/${device}/queue/${setting}`;
  const original = readFileSync(queue('scheduler'), 'utf8').match(/\[(.+)\]/)![1];
  onTestFinished(() => writeFileSync(queue('scheduler'), original));
  writeFileSync(queue('scheduler'), 'mq-deadline');
  writeFileSync(queue('iosched/fifo_batch'), '7');
  writeFileSync(queue('read_ahead_kb'), '256');
  writeFileSync(queue('nr_requests'), '64');
  const before = await captureState(kernelAdapter, { settings });
  expect(before.problems).toEqual([]);
  expect(before.text(`state/block/${device}/queue/scheduler`)).toBe('mq-deadline\n');
  expect(before.text(`observed/block/${device}/stat`)).toMatch(/\d/);
  writeFileSync(queue('scheduler'), 'none');
  writeFileSync(queue('read_ahead_kb'), '512');
  const { plan, after } = await putBack(kernelAdapter, settings, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(plan.unrestorable).toEqual([]);
  expect(plan.steps[0].text).toBe(`set ${device}/queue/scheduler from none to mq-deadline`);
  expect(readFileSync(queue('iosched/fifo_batch'), 'utf8')).toBe('7\n');
  expect(readFileSync(queue('read_ahead_kb'), 'utf8')).toBe('256\n');
});

test('a value that the device refuses, and a device that is gone, are told', async () => {
  const device = attachLoop();
  const settings = { block: [device] };
  const from = await captureState(kernelAdapter, { settings });
  const path = `state/block/${device}/queue/scheduler`;
  const other = new Map([...from.documents, [path, Buffer.from('no-such-scheduler\n')]] as const);
  const to = stateOf(other);
  const { steps } = await compareStates(kernelAdapter, { from, to }, { settings });
  const { problems } = await applySteps(kernelAdapter, steps.slice(0, 1), { settings, from, to });
  expect(problems).toEqual([
    {
      object: `block ${device}/queue/scheduler`,
      code: 'STATE_REFUSED',
      message: expect.stringContaining("does not take 'no-such-scheduler': invalid argument"),
    },
  ]);
  const observed = [...from.documents].filter(([each]) => each.startsWith('observed/'));
  const without = stateOf(new Map(observed));
  const gone = await compareStates(kernelAdapter, { from: without, to: from }, { settings });
  expect(gone.steps).toEqual([]);
  expect(gone.unrestorable).toEqual([
    { object: `block ${device}`, text: expect.stringContaining('it comes with the device') },
  ]);
});
