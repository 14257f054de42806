// The areas of the kernel together: their order, what only a restart changes, and that one does not keep another from its work.
import { expect, test } from 'vitest';
import { createBlockArea } from '#adapters/kernel/block-area.js';
import { createBootArea } from '#adapters/kernel/boot-area.js';
import { createKernelAdapter, kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import type { KernelArea } from '#adapters/kernel/kernel-area.js';
import { createSysctlArea } from '#adapters/kernel/sysctl-area.js';
import { SavepointError } from '#store/errors.js';
import { applySteps, captureState, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { createCopiedKernel } from './copied-kernel.js';
import { openKernelNamespace } from './kernel-namespace.js';
import { putBack, stateOnly } from './put-back.js';

test('areas that no setting asks for are left alone', async () => {
  const { documents, problems } = await captureState(kernelAdapter, { settings: {} });
  expect([documents.size, problems]).toEqual([0, []]);
  const asked = await captureState(kernelAdapter, { settings: { sysctl: ['vm.swappiness'] } });
  expect([...asked.documents.keys()]).toEqual([
    'observed/boot/command-line',
    'observed/boot/release',
    'observed/areas/boot',
    'state/sysctl/vm/swappiness',
    'observed/areas/sysctl',
  ]);
});

test('the firewall is put back before what it guards, and what follows interfaces after them', async () => {
  const { adapter, shell } = openKernelNamespace();
  const settings = { sysctl: ['net.ipv4.*', 'net.ipv6.*'], firewall: true, interfaces: ['ve0'] };
  await shell(`
    ip link add ve0 mtu 9000 type veth peer name ve1 mtu 9000
    ip link set ve0 up
    ip address add fd01::1/64 dev ve0 nodad
    nft add table inet own
    echo 1 > /proc/sys/net/ipv4/ip_forward`);
  const before = await captureState(adapter, { settings });
  await shell(`
    ip link set ve0 mtu 1400
    echo 1 > /proc/sys/net/ipv6/conf/ve0/disable_ipv6
    echo 0 > /proc/sys/net/ipv4/ip_forward
    nft flush ruleset`);
  const { plan, after } = await putBack(adapter, settings, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  const order = plan.steps.map(({ object }) => object);
  const at = (object: string) => order.findIndex((each) => each.startsWith(object));
  const places = [
    'firewall',
    'sysctl net.ipv4.ip_forward',
    'interface ve0',
    'address fd01::1',
    'sysctl net.ipv6.conf.ve0.mtu',
  ];
  expect(places.map(at)).toEqual(places.map(at).sort((left, right) => left - right));
  expect(places.map(at)).not.toContain(-1);
});

test('another kernel and another command line are told, with what to do', async () => {
  const kernel = createCopiedKernel();
  kernel.show({ cmdline: 'quiet', 'sys/kernel/osrelease': '6.1.0-1', 'sys/vm/swappiness': '60' });
  const areas = [createBootArea(kernel.root), createSysctlArea(`${kernel.root}/sys`)];
  const [adapter, settings] = [createKernelAdapter(areas), { sysctl: ['vm.*'] }];
  const before = await captureState(adapter, { settings });
  kernel.show({ cmdline: 'debug', 'sys/kernel/osrelease': '6.1.0-2' });
  const from = await captureState(adapter, { settings });
  expect(await compareStates(adapter, { from, to: before }, { settings })).toEqual({
    steps: [],
    unrestorable: [
      {
        object: 'kernel command line',
        text: expect.stringMatching(/^is 'debug' instead of 'quiet': .*boot loader/),
      },
      { object: 'kernel release', text: expect.stringMatching(/^is '6\.1\.0-2' instead of '6\.1\.0-1'/) },
    ],
  });
});

test('an area that fails is told, and the next one is put back all the same', async () => {
  const kernel = createCopiedKernel();
  kernel.show({ 'sda/queue/read_ahead_kb': '128' });
  let isLacking = true;
  const area: KernelArea = {
    name: 'mounts',
    isAsked: () => true,
    async *capture() {
      if (isLacking) throw new SavepointError('PROGRAM_MISSING', 'There is no program.');
      yield { path: 'observed/mounts/x', content: new Uint8Array() };
    },
    compare: async () => ({
      steps: [{ object: 'mount /x', do: 'mount', text: 'mount /x', data: { area: 'mounts' } }],
      unrestorable: [],
    }),
    apply: async () => {
      throw new SavepointError('PROGRAM_MISSING', 'There is no program.');
    },
  };
  const adapter = createKernelAdapter([area, createBlockArea(kernel.root)]);
  const settings = { block: ['sd*'] };
  const lacking = await captureState(adapter, { settings });
  expect(lacking.problems.map(({ object, code }) => [object, code])).toEqual([['mounts', 'PROGRAM_MISSING']]);
  isLacking = false;
  const to = await captureState(adapter, { settings });
  kernel.show({ 'sda/queue/read_ahead_kb': '512' });
  const from = stateOf((await captureState(adapter, { settings })).documents);
  const { steps } = await compareStates(adapter, { from, to }, { settings });
  const { problems, done } = await applySteps(adapter, steps, { settings, from, to });
  expect(problems.map(({ object, code }) => [object, code])).toEqual([['mount /x', 'PROGRAM_MISSING']]);
  expect(done).toEqual(['block sda/queue/read_ahead_kb']);
  expect(kernel.text('sda/queue/read_ahead_kb')).toBe('128');
});

test('an area that was not captured, or not asked for, is not taken for empty', async () => {
  const { adapter, hide, shell } = openKernelNamespace();
  const settings = { firewall: true, interfaces: ['ve*'] };
  await shell('ip rule add priority 50 table 100; nft add table inet own');
  const now = await captureState(adapter, { settings });
  const asked = await captureState(adapter, { settings: { interfaces: ['ve*'] } });
  const without = await compareStates(adapter, { from: now, to: asked }, { settings });
  expect(without.steps).toEqual([]);
  expect(without.unrestorable).toEqual([
    { object: 'firewall', text: expect.stringContaining('was not captured in the state to go back to') },
  ]);
  await hide('ip');
  const lacking = await captureState(adapter, { settings });
  const other = await compareStates(adapter, { from: now, to: lacking }, { settings });
  expect(other.steps).toEqual([]);
  expect(other.unrestorable.map(({ object }) => object)).toEqual(['interfaces']);
});
