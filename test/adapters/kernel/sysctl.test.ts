// Kernel parameters on the real kernel: those of networks and of IPC in namespaces of their own, all others only read.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createKernelAdapter, kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import { createSysctlArea } from '#adapters/kernel/sysctl-area.js';
import { sysctlName, sysctlPath } from '#adapters/kernel/sysctl-names.js';
import { applySteps, captureState, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { openKernelNamespace } from './kernel-namespace.js';
import { putBack, stateOnly } from './put-back.js';

const NETWORK = { sysctl: ['net.ipv4.*', 'net.ipv6.*', 'kernel.msg*', 'kernel.shmall'] };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test('names are exchanged with paths as sysctl(8) does', () => {
  expect(sysctlPath('net.ipv4.conf.eth0/1.forwarding')).toBe('net/ipv4/conf/eth0.1/forwarding');
  expect(sysctlPath('net/ipv4/conf/eth0.1/forwarding')).toBe('net/ipv4/conf/eth0.1/forwarding');
  expect(sysctlName('net/ipv4/conf/eth0.1/forwarding')).toBe('net.ipv4.conf.eth0/1.forwarding');
  expect(sysctlPath('vm.swappiness')).toBe('vm/swappiness');
});

test('parameters of networks and IPC go back, with all that the kernel changes along', async () => {
  const { adapter, shell } = openKernelNamespace();
  await shell(`
    ip link add ve0.1 type veth peer name ve1
    cd /proc/sys/net
    echo 1 > ipv4/ip_forward
    echo 0 > ipv4/conf/ve0.1/forwarding
    echo 2 > ipv4/conf/ve0.1/rp_filter
    echo 4096 131072 6291456 > ipv4/tcp_rmem
    echo 1 > ipv6/conf/all/forwarding
    echo 0 > ipv6/conf/ve1/forwarding`);
  const before = await captureState(adapter, { settings: NETWORK });
  expect(before.problems).toEqual([]);
  expect(stateOnly(await captureState(adapter, { settings: NETWORK }))).toEqual(stateOnly(before));
  expect(before.text('state/sysctl/net/ipv4/conf/ve0.1/rp_filter')).toBe('2\n');
  expect(before.text('state/sysctl/net/ipv4/route/flush')).toBeUndefined();
  await shell(`
    cd /proc/sys/net
    echo 0 > ipv4/ip_forward
    echo 1 > ipv4/conf/default/rp_filter
    echo 8192 87380 4194304 > ipv4/tcp_rmem
    echo 20000 30000 > ipv4/ip_local_port_range
    echo 22000-22010 > ipv4/ip_local_reserved_ports
    echo 0 > ipv6/conf/all/forwarding
    echo 4096 > /proc/sys/kernel/msgmax
    echo 100000 > /proc/sys/kernel/shmall`);
  const { plan, after } = await putBack(adapter, NETWORK, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  const texts = plan.steps.map(({ text }) => text);
  expect(texts[0]).toBe('set net.ipv4.ip_forward from 0 to 1');
  expect(texts).toContain('set net.ipv4.tcp_rmem from 8192 87380 4194304 to 4096 131072 6291456');
  expect(texts).toContain(
    'keep net.ipv4.conf.ve0/1.forwarding at 0, which net.ipv4.conf.all.forwarding would change',
  );
  expect(texts).toContain('set kernel.msgmax from 4096 to 8192');
  expect(plan.unrestorable).toEqual([]);
  expect(await shell('cat /proc/sys/net/ipv4/conf/ve0.1/forwarding /proc/sys/kernel/msgmax')).toBe(
    '0\n8192\n',
  );
});

test('values that depend on each other are set whichever way they go', async () => {
  const { adapter, shell } = openKernelNamespace();
  const settings = { sysctl: ['net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_port_range'] };
  await shell('echo 5000 > /proc/sys/net/ipv4/ip_unprivileged_port_start');
  await shell('echo 6000 7000 > /proc/sys/net/ipv4/ip_local_port_range');
  const high = await captureState(adapter, { settings });
  await shell('echo 1024 > /proc/sys/net/ipv4/ip_unprivileged_port_start');
  await shell('echo 2000 3000 > /proc/sys/net/ipv4/ip_local_port_range');
  const low = await captureState(adapter, { settings });
  await putBack(adapter, settings, high);
  await putBack(adapter, settings, low);
});

test('a value that the kernel refuses is told with its name, the value, and why', async () => {
  const { adapter } = openKernelNamespace();
  const settings = { sysctl: ['net.ipv4.ip_default_ttl', 'net.ipv4.tcp_syncookies'] };
  const from = await captureState(adapter, { settings });
  const path = 'state/sysctl/net/ipv4/ip_default_ttl';
  const to = stateOf(new Map([...from.documents, [path, bytes('4000\n')]]));
  const { steps } = await compareStates(adapter, { from, to }, { settings });
  const { problems, done } = await applySteps(adapter, steps, { settings, from, to });
  expect(done).toEqual([]);
  expect(problems).toEqual([
    {
      object: 'sysctl net.ipv4.ip_default_ttl',
      code: 'STATE_REFUSED',
      message: expect.stringMatching(
        /^does not take '4000': invalid argument \(EINVAL\)\. Look up .*sysctl -w/,
      ),
    },
  ]);
});

test('what is mounted read-only is refused before anything is changed', async () => {
  const { adapter, shell } = openKernelNamespace();
  const settings = { sysctl: ['net.ipv4.ip_default_ttl'] };
  const from = await captureState(adapter, { settings });
  const to = stateOf(new Map([...from.documents, ['state/sysctl/net/ipv4/ip_default_ttl', bytes('70\n')]]));
  const { steps } = await compareStates(adapter, { from, to }, { settings });
  await shell('mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys');
  await expect(applySteps(adapter, steps, { settings, from, to })).rejects.toThrow(
    expect.objectContaining({ code: 'STATE_REFUSED', message: expect.stringContaining('EROFS') }),
  );
});

test('what is gone, new, one-way or unknown is told', async () => {
  const settings = { sysctl: ['kernel.*', 'net.*', 'no.such.thing'], memory: true };
  const made = (documents: Record<string, string>) =>
    stateOf(
      new Map([
        ...Object.entries(documents).map(([path, text]) => [`state/sysctl/${path}`, bytes(text)] as const),
        ...['sysctl', 'memory', 'boot'].map((area) => [`observed/areas/${area}`, bytes('{}')] as const),
      ]),
    );
  const from = made({ 'kernel/modules_disabled': '1\n', 'net/x/eth1.2/a': '1\n', 'net/x/eth1.2/b': '1\n' });
  const to = made({ 'kernel/modules_disabled': '0\n', 'net/y/a': '1\n' });
  const { steps, unrestorable } = await compareStates(kernelAdapter, { from, to }, { settings });
  expect(steps).toEqual([]);
  expect(unrestorable).toEqual([
    { object: 'sysctl kernel.modules_disabled', text: expect.stringContaining('restarted') },
    { object: 'sysctl net.y.*', text: expect.stringContaining('is not there, with one value') },
    { object: 'sysctl net.x.eth1/2.*', text: expect.stringContaining('was not there, with 2 values') },
  ]);
  const { problems } = await captureState(kernelAdapter, { settings: { sysctl: ['vm.no_such_thing'] } });
  expect(problems).toEqual([
    {
      object: 'sysctl vm.no_such_thing',
      code: 'STATE_UNREADABLE',
      message: expect.stringContaining('correct'),
    },
  ]);
});

test('of two that exclude each other, the one with a value is set, and the other is 0 by that', async () => {
  const root = createTemporaryDirectory();
  mkdirSync(join(root, 'vm'));
  const names = ['dirty_bytes', 'dirty_ratio', 'dirty_background_bytes', 'dirty_background_ratio'];
  for (const name of names) cpSync(`/proc/sys/vm/${name}`, join(root, 'vm', name));
  const set = (values: readonly string[]) =>
    names.forEach((name, index) => void writeFileSync(join(root, 'vm', name), `${values[index]}\n`));
  const adapter = createKernelAdapter([createSysctlArea(root)]);
  const settings = { sysctl: ['vm.dirty_*'] };
  set(['1048576', '0', '0', '10']);
  const to = await captureState(adapter, { settings });
  set(['0', '20', '524288', '0']);
  const { plan } = await putBack(adapter, settings, to);
  expect(plan.steps.map(({ object }) => object)).toEqual([
    ...['sysctl vm.dirty_background_ratio', 'sysctl vm.dirty_bytes'],
    ...['sysctl vm.dirty_background_bytes', 'sysctl vm.dirty_ratio'],
  ]);
  expect(names.map((name) => readFileSync(join(root, 'vm', name), 'utf8').trim())).toEqual([
    ...['1048576', '0', '0', '10'],
  ]);
});

test('what this host has is captured the same twice, without what only does something', async () => {
  const settings = { sysctl: ['vm.*', 'fs.*', 'net.core.*'] };
  const first = await captureState(kernelAdapter, { settings });
  const second = await captureState(kernelAdapter, { settings });
  expect(stateOnly(first)).toEqual(stateOnly(second));
  expect(first.problems).toEqual([]);
  expect(first.text('state/sysctl/vm/swappiness')).toBe(readFileSync('/proc/sys/vm/swappiness', 'utf8'));
  expect(first.text('observed/sysctl/fs/file-nr')).toMatch(/^\d+/);
  for (const path of first.documents.keys())
    expect(path).not.toMatch(/drop_caches|compact_memory|stat_refresh/);
});
