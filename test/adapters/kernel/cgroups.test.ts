// Limits of control groups: in a group of the test's own on the real kernel; those of devices in a copy of what the kernel shows.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planLimit } from '#adapters/kernel/cgroup-limits.js';
import { createCgroupsArea } from '#adapters/kernel/cgroups-area.js';
import { createKernelAdapter, kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import { captureState, compareStates } from '../../fixtures/drive-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { putBack, stateOnly } from './put-back.js';

/** Removed when the test ends, unless the test has done so. */
function makeGroup(): string {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const root = lines.find((line) => line.includes(' - cgroup2 '))!.split(' ')[4];
  const group = join(root, basename(createTemporaryDirectory()));
  mkdirSync(group);
  onTestFinished(() => {
    try {
      rmdirSync(group);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  });
  return group;
}

test('the limits of a group go back, and those of one that is gone are told', async () => {
  const group = makeGroup();
  const name = basename(group);
  const settings = { cgroups: [`/${name}/`, 'savepoint-none'] };
  writeFileSync(join(group, 'cgroup.max.depth'), '3');
  const before = await captureState(kernelAdapter, { settings });
  expect(before.problems).toEqual([]);
  expect(stateOnly(before)).toEqual({
    [`state/cgroups/${name}/cgroup.max.depth`]: '3\n',
    [`state/cgroups/${name}/cgroup.max.descendants`]: 'max\n',
  });
  writeFileSync(join(group, 'cgroup.max.depth'), '5');
  writeFileSync(join(group, 'cgroup.max.descendants'), '7');
  const { plan, after } = await putBack(kernelAdapter, settings, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(plan.steps.map(({ text }) => text)).toEqual([
    `set ${name}/cgroup.max.depth from 5 to 3`,
    `set ${name}/cgroup.max.descendants from 7 to max`,
  ]);
  rmdirSync(group);
  const gone = await captureState(kernelAdapter, { settings });
  const { steps, unrestorable } = await compareStates(
    kernelAdapter,
    { from: gone, to: before },
    { settings },
  );
  expect(steps).toEqual([]);
  expect(unrestorable).toEqual([
    {
      object: `cgroup ${name}`,
      text: expect.stringMatching(/^is not there, with 2 values; it comes with the service/),
    },
  ]);
});

test('limits of devices are set and taken back line by line', () => {
  const wanted = '8:0 rbps=1048576 wbps=max riops=max wiops=max\n8:32 rbps=max wbps=max riops=5 wiops=max';
  const live = '8:0 rbps=max wbps=2097152 riops=max wiops=max\n8:16 rbps=max wbps=1 riops=max wiops=max\n';
  expect(planLimit('io.max', { live, wanted })).toEqual([
    ...wanted.split('\n'),
    '8:16 rbps=max wbps=max riops=max wiops=max',
  ]);
  expect(planLimit('io.weight', { live: 'default 100\n8:16 200', wanted: 'default 50' })).toEqual([
    ...['default 50', '8:16 default'],
  ]);
  expect(planLimit('io.max', { live: wanted, wanted })).toEqual([]);
  expect(planLimit('cpu.max', { live: 'max 100000', wanted: '50000 100000' })).toEqual(['50000 100000']);
});

test('a host without control groups of version 2 says so', async () => {
  const adapter = createKernelAdapter([createCgroupsArea(() => undefined)]);
  const { problems, documents } = await captureState(adapter, { settings: { cgroups: ['system.slice'] } });
  expect(documents.size).toBe(0);
  expect(problems).toEqual([
    { object: 'cgroups', code: 'UNSUPPORTED', message: expect.stringContaining('take cgroups out') },
  ]);
});

test('of a group, limits are kept, and what is in use is observed', async () => {
  const root = createTemporaryDirectory();
  mkdirSync(join(root, 'app.slice'));
  const files = {
    'memory.max': 'max',
    'memory.current': '4096',
    'cpu.max': 'max 100000',
    'cgroup.procs': '1',
  };
  for (const [name, value] of Object.entries(files))
    writeFileSync(join(root, 'app.slice', name), `${value}\n`);
  const adapter = createKernelAdapter([createCgroupsArea(() => root)]);
  const settings = { cgroups: ['app.slice'] };
  const before = await captureState(adapter, { settings });
  expect([...before.documents.keys()].filter((path) => path.includes('/cgroups/'))).toEqual([
    'state/cgroups/app.slice/cpu.max',
    'observed/cgroups/app.slice/memory.current',
    'state/cgroups/app.slice/memory.max',
  ]);
  writeFileSync(join(root, 'app.slice/memory.max'), '1048576\n');
  writeFileSync(join(root, 'app.slice/cpu.max'), '50000 100000\n');
  await putBack(adapter, settings, before);
  expect(readFileSync(join(root, 'app.slice/cpu.max'), 'utf8')).toBe('max 100000\n');
});
