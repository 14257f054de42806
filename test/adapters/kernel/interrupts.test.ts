// Affinities of interrupts: the machine's own are only read; they are set in a copy.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createInterruptsArea } from '#adapters/kernel/interrupts-area.js';
import { createKernelAdapter, kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import { captureState, compareStates } from '../../fixtures/drive-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { createCopiedKernel } from './copied-kernel.js';
import { putBack, stateOnly } from './put-back.js';

const SETTINGS = { interrupts: true };

function createInterrupts() {
  const kernel = createCopiedKernel();
  const show = (number: number, [name, processors]: readonly [string, string], fixed = false) => {
    kernel.show({ [`sys/kernel/irq/${number}/actions`]: name });
    kernel.show({ [`proc/irq/${number}/smp_affinity_list`]: processors }, { fixed });
  };
  kernel.show({ 'proc/irq/default_smp_affinity': '3', 'proc/interrupts': 'CPU0 CPU1' });
  show(9, ['eth0-rx', '0-1']);
  show(10, ['eth0-rx', '1']);
  show(12, ['disk', '0']);
  show(13, ['managed', '1'], true);
  return { kernel, show, adapter: createKernelAdapter([createInterruptsArea(kernel.root)]) };
}

test('affinities go back by the names of interrupts, whatever their numbers', async () => {
  const { kernel, show, adapter } = createInterrupts();
  const before = await captureState(adapter, { settings: SETTINGS });
  expect(JSON.parse(before.text('state/interrupts/affinities')!)).toEqual({
    ...{ default_smp_affinity: ['3'], disk: ['0'], 'eth0-rx': ['0-1', '1'] },
  });
  expect(before.text('observed/interrupts/affinities')).toContain('managed');
  rmSync(join(kernel.root, 'proc/irq/12'), { recursive: true });
  show(20, ['disk', '1']);
  show(10, ['eth0-rx', '0']);
  kernel.show({ 'proc/irq/default_smp_affinity': '1' });
  const { plan, after } = await putBack(adapter, SETTINGS, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(plan.steps.map(({ text }) => text)).toContain('let disk reach the processors 0 instead of 1');
  expect(kernel.text('proc/irq/20/smp_affinity_list')).toBe('0');
});

test('while a daemon places interrupts, their affinities are observed, and the rest is told', async () => {
  const { kernel, adapter } = createInterrupts();
  const before = await captureState(adapter, { settings: SETTINGS });
  kernel.show({ 'proc/77/comm': 'irqbalance' });
  const now = await captureState(adapter, { settings: SETTINGS });
  expect(stateOnly(now)).toEqual({});
  const { steps, unrestorable } = await compareStates(
    adapter,
    { from: now, to: before },
    { settings: SETTINGS },
  );
  expect(steps).toEqual([]);
  expect(unrestorable.map(({ object }) => object)).toContain('interrupt eth0-rx');
});

test('where no interrupts are shown, as in a container, that is told', async () => {
  const adapter = createKernelAdapter([createInterruptsArea(createTemporaryDirectory())]);
  const { problems } = await captureState(adapter, { settings: SETTINGS });
  expect(problems).toEqual([
    { object: 'interrupts', code: 'UNSUPPORTED', message: expect.stringContaining('take interrupts out') },
  ]);
});

test('what this host has is captured the same twice, with its counters', async () => {
  const first = await captureState(kernelAdapter, { settings: SETTINGS });
  const second = await captureState(kernelAdapter, { settings: SETTINGS });
  expect(stateOnly(second)).toEqual(stateOnly(first));
  expect(first.problems).toEqual([]);
  expect(first.text('observed/interrupts/counters')?.split('\n')[0]).toBe(
    readFileSync('/proc/interrupts', 'utf8').split('\n')[0],
  );
});
