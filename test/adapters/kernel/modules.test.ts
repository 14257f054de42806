// Kernel modules: those of this machine are only read, and none is loaded or unloaded; parameters are set in a copy.
import { expect, test } from 'vitest';
import { createKernelAdapter, kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import { createModulesArea } from '#adapters/kernel/modules-area.js';
import { createSysctlArea } from '#adapters/kernel/sysctl-area.js';
import { applySteps, captureState, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { createCopiedKernel } from './copied-kernel.js';
import { putBack, stateOnly } from './put-back.js';

const SETTINGS = { modules: ['*'] };

function createModules() {
  const kernel = createCopiedKernel();
  kernel.show({
    'proc/modules': [
      'savepoint_one 16384 1 savepoint_two, Live 0x0000000000000000',
      'savepoint_two 16384 0 - Live 0x0000000000000000',
      'savepoint_busy 16384 3 - Live 0x0000000000000000',
    ].join('\n'),
    'sys/module/savepoint_one/initstate': 'live',
    'sys/module/savepoint_one/parameters/depth': '5',
    'sys/module/built_in/parameters/level': '1',
  });
  kernel.show({ 'sys/module/savepoint_one/parameters/mode': 'fast' }, { fixed: true });
  return { kernel, adapter: createKernelAdapter([createModulesArea(kernel.root)]) };
}

test('modules are captured with their parameters, and parameters go back', async () => {
  const { kernel, adapter } = createModules();
  const before = await captureState(adapter, { settings: SETTINGS });
  expect(stateOnly(before)).toEqual({
    'state/modules/built_in/kind': 'built in\n',
    'state/modules/built_in/parameters/level': '1\n',
    'state/modules/savepoint_busy/kind': 'loaded\n',
    'state/modules/savepoint_one/kind': 'loaded\n',
    'state/modules/savepoint_one/parameters/depth': '5\n',
    'state/modules/savepoint_one/fixed/mode': 'fast\n',
    'state/modules/savepoint_two/kind': 'loaded\n',
  });
  expect(before.text('observed/modules/savepoint_one/use')).toBe('used 1 times, by savepoint_two\n');
  kernel.show({ 'sys/module/savepoint_one/parameters/depth': '9' });
  kernel.show({ 'sys/module/savepoint_one/parameters/mode': 'slow' }, { fixed: true });
  const { plan } = await putBack(adapter, SETTINGS, before);
  expect(plan.steps.map(({ text }) => text)).toEqual(['set depth of savepoint_one from 9 to 5']);
  expect(plan.unrestorable).toEqual([
    {
      object: 'module savepoint_one mode',
      text: expect.stringMatching(/^is slow instead of fast: .*modprobe\.d/),
    },
  ]);
  expect(kernel.text('sys/module/savepoint_one/parameters/depth')).toBe('5');
});

test('modules are loaded before their parameters, and unloaded last; built-in ones are told', async () => {
  const { adapter } = createModules();
  const now = await captureState(adapter, { settings: SETTINGS });
  const without = (part: string) =>
    stateOf(new Map([...now.documents].filter(([path]) => !path.includes(part))));
  const loading = await compareStates(
    adapter,
    { from: without('savepoint_one'), to: now },
    { settings: SETTINGS },
  );
  expect(loading.steps.map(({ text }) => text)).toEqual([
    ...['load the module savepoint_one', 'set depth of savepoint_one to 5'],
  ]);
  expect(loading.steps[0].data).toMatchObject({ parameters: { mode: 'fast' } });
  const unloading = await compareStates(
    adapter,
    { from: now, to: without('savepoint_one') },
    { settings: SETTINGS },
  );
  expect(unloading.steps.map(({ text }) => text)).toEqual(['unload the module savepoint_one']);
  expect(unloading.unrestorable).toEqual([]);
  const builtIn = await compareStates(
    adapter,
    { from: now, to: without('built_in') },
    { settings: SETTINGS },
  );
  expect(builtIn.steps).toEqual([]);
  expect(builtIn.unrestorable).toEqual([
    { object: 'module built_in', text: expect.stringContaining('up to the kernel that is started') },
  ]);
});

test('a parameter that comes with a module is set once the module is loaded', async () => {
  const { kernel } = createModules();
  kernel.show({ 'proc/sys/net/netfilter/nf_x_max': '100' });
  const areas = [createModulesArea(kernel.root), createSysctlArea(`${kernel.root}/proc/sys`)];
  const settings = { modules: ['*'], sysctl: ['net.*'] };
  const adapter = createKernelAdapter(areas);
  const to = await captureState(adapter, { settings });
  const lacking = (parts: readonly string[]) =>
    stateOf(new Map([...to.documents].filter(([path]) => !parts.some((part) => path.includes(part)))));
  const both = await compareStates(adapter, { from: lacking(['savepoint_two', 'nf_x']), to }, { settings });
  expect(both.steps.map(({ text }) => text)).toEqual([
    ...['load the module savepoint_two', 'set net.netfilter.nf_x_max to 100'],
  ]);
  const alone = await compareStates(adapter, { from: lacking(['nf_x']), to }, { settings });
  expect(alone.steps).toEqual([]);
  expect(alone.unrestorable[0].object).toBe('sysctl net.netfilter.*');
});

test('a module that was not asked for then is not unloaded now', async () => {
  const { adapter } = createModules();
  const to = await captureState(adapter, { settings: { modules: ['savepoint_one'] } });
  const from = await captureState(adapter, { settings: SETTINGS });
  const plan = await compareStates(adapter, { from, to }, { settings: SETTINGS });
  expect(plan).toEqual({ steps: [], unrestorable: [] });
});

test('a module in use is told with what uses it, and is not touched', async () => {
  const { adapter } = createModules();
  const from = await captureState(adapter, { settings: SETTINGS });
  const to = stateOf(new Map([...from.documents].filter(([path]) => !/savepoint_(one|busy)/.test(path))));
  const { steps } = await compareStates(adapter, { from, to }, { settings: SETTINGS });
  const { problems } = await applySteps(adapter, steps, { settings: SETTINGS, from, to });
  expect(problems).toEqual([
    {
      object: 'module savepoint_busy',
      code: 'STATE_BUSY',
      message: expect.stringMatching(/^is in use 3 times, by no other module\. End what uses it/),
    },
    {
      object: 'module savepoint_one',
      code: 'STATE_BUSY',
      message: expect.stringMatching(/^is in use by savepoint_two\. Unload savepoint_two first/),
    },
  ]);
});

test('a module that this kernel can’t load is told in the words of modprobe', async () => {
  const settings = { modules: ['savepoint_none'] };
  const from = await captureState(kernelAdapter, { settings });
  const kind = new TextEncoder().encode('loaded\n');
  const to = stateOf(new Map([...from.documents, ['state/modules/savepoint_none/kind', kind]]));
  const { steps } = await compareStates(kernelAdapter, { from, to }, { settings });
  const { problems } = await applySteps(kernelAdapter, steps, { settings, from, to });
  expect(problems).toEqual([
    {
      object: 'module savepoint_none',
      code: 'STATE_REFUSED',
      message: expect.stringMatching(
        /^can't be loaded: 'modprobe savepoint_none' ended with exit code 1: .*savepoint_none/,
      ),
    },
  ]);
});

test('what this host has is captured the same twice', async () => {
  const first = await captureState(kernelAdapter, { settings: { modules: ['loop', 'nf_*'] } });
  const second = await captureState(kernelAdapter, { settings: { modules: ['loop', 'nf_*'] } });
  expect(stateOnly(second)).toEqual(stateOnly(first));
  expect(first.problems).toEqual([]);
});
