// Settings of memory: the machine's own are only read; they are set in a copy.
import { expect, test } from 'vitest';
import { createKernelAdapter, kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import { createMemoryArea } from '#adapters/kernel/memory-area.js';
import { captureState, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { createCopiedKernel } from './copied-kernel.js';
import { putBack, stateOnly } from './put-back.js';

const SETTINGS = { memory: true };
const HUGE = 'sys/kernel/mm/hugepages/hugepages-2048kB';
const TRANSPARENT = 'sys/kernel/mm/transparent_hugepage';

function createMemory() {
  const kernel = createCopiedKernel();
  kernel.show({
    [`${HUGE}/nr_hugepages`]: '12',
    [`${HUGE}/surplus_hugepages`]: '2',
    [`${HUGE}/nr_overcommit_hugepages`]: '4',
    [`${TRANSPARENT}/enabled`]: 'madvise',
    [`${TRANSPARENT}/khugepaged/defrag`]: '1',
    'proc/sys/vm/overcommit_memory': '2',
    'proc/sys/vm/overcommit_ratio': '0',
    'proc/sys/vm/overcommit_kbytes': '4096',
    'proc/meminfo': 'MemTotal: 1 kB',
  });
  kernel.show({ [`${TRANSPARENT}/hpage_pmd_size`]: '2097152' }, { fixed: true });
  return { kernel, adapter: createKernelAdapter([createMemoryArea(kernel.root)]) };
}

test('huge pages, transparent ones and overcommit go back', async () => {
  const { kernel, adapter } = createMemory();
  kernel.show({ [`${HUGE}/surplus_hugepages`]: '0' });
  const before = await captureState(adapter, { settings: SETTINGS });
  expect(before.text('observed/memory/transparent_hugepage/hpage_pmd_size')).toBe('2097152\n');
  expect(before.text('observed/memory/meminfo')).toContain('MemTotal');
  kernel.show({
    [`${HUGE}/nr_hugepages`]: '0',
    [`${TRANSPARENT}/enabled`]: 'always madvise [never]',
    'proc/sys/vm/overcommit_ratio': '50',
    'proc/sys/vm/overcommit_kbytes': '0',
  });
  const { plan, after } = await putBack(adapter, SETTINGS, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(plan.steps.map(({ text }) => text)).toEqual([
    'set hugepages/hugepages-2048kB/nr_hugepages from 0 to 12',
    'set transparent_hugepage/enabled from never to madvise',
    'set vm/overcommit_kbytes from 0 to 4096',
    'set vm/overcommit_ratio from 50 to 0',
  ]);
});

test('huge pages that were made when they ran out are not counted', async () => {
  const { adapter } = createMemory();
  const state = await captureState(adapter, { settings: SETTINGS });
  expect(state.text('state/memory/hugepages/hugepages-2048kB/nr_hugepages')).toBe('10\n');
});

test('fewer huge pages than asked for are told with both numbers', async () => {
  const { kernel, adapter } = createMemory();
  // As long as there are surplus ones, a page written is not a page had: what the kernel does where memory is short.
  const from = await captureState(adapter, { settings: SETTINGS });
  const path = 'state/memory/hugepages/hugepages-2048kB/nr_hugepages';
  const to = stateOf(new Map([...from.documents, [path, new TextEncoder().encode('64\n')]]));
  const { steps } = await compareStates(adapter, { from, to }, { settings: SETTINGS });
  const staged = (await adapter.stage(steps, {
    ...{ component: 'it', settings: SETTINGS, attempt: 'a', staging: () => '/nonexistent', from, to },
  }))!;
  const problems = await adapter.apply(staged, {
    ...{ component: 'it', settings: SETTINGS, attempt: 'a', staging: () => '/nonexistent', done: () => {} },
  });
  expect(kernel.text(`${HUGE}/nr_hugepages`)).toBe('64');
  expect(problems).toEqual([
    {
      object: 'memory hugepages/hugepages-2048kB/nr_hugepages',
      code: 'STATE_REFUSED',
      message: expect.stringMatching(/^has '62' after it was set to '64'.*Memory is short or in pieces/),
    },
  ]);
});

test('what this host has is captured the same twice, and not by two areas', async () => {
  const settings = { memory: true, sysctl: ['vm.*'] };
  const first = await captureState(kernelAdapter, { settings });
  expect(stateOnly(await captureState(kernelAdapter, { settings }))).toEqual(stateOnly(first));
  expect(first.problems).toEqual([]);
  expect(first.text('state/memory/transparent_hugepage/enabled')).toMatch(/^(always|madvise|never)\n$/);
  expect(first.text('state/memory/vm/overcommit_memory')).toMatch(/^[012]\n$/);
  expect(first.text('state/sysctl/vm/overcommit_memory')).toBeUndefined();
  expect(first.text('state/sysctl/vm/swappiness')).toMatch(/^\d+\n$/);
});
