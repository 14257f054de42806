// Interfaces, addresses, routes and rules in a network of their own, set by ip(8) and put back.
import { expect, test } from 'vitest';
import { applySteps, captureState, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { type KernelNamespace, openKernelNamespace } from './kernel-namespace.js';
import { putBack, stateOnly } from './put-back.js';

const SETTINGS = { interfaces: ['ve*', 'br*', 'lo'] };

async function openNetwork(): Promise<KernelNamespace> {
  const namespace = openKernelNamespace();
  await namespace.shell(`
    ip link add ve0 type veth peer name ve1
    ip link add br0 type bridge
    ip link set lo up
    ip link set ve0 mtu 1400 txqueuelen 500 up
    ip link set ve1 up
    ip address add 10.1.0.1/24 brd + dev ve0
    ip address add 10.1.0.2/24 dev ve0
    ip address add 10.3.0.1 peer 10.3.0.2/32 dev ve0
    ip address add fd01::1/64 dev ve0 nodad
    ip route add default via 10.1.0.254 proto static metric 50
    ip route add 10.9.0.0/16 via 10.7.7.7 dev ve0 onlink mtu 1300
    ip route add 10.8.0.0/16 nexthop via 10.1.0.7 weight 2 nexthop via 10.1.0.8
    ip route add blackhole 10.66.0.0/16
    ip route add 10.5.0.0/16 dev ve0 table 100
    ip -6 route add fd09::/32 via fd01::9
    ip rule add priority 50 from 10.5.0.0/16 fwmark 0x1/0xf table 100`);
  return namespace;
}

test('interfaces go back with addresses, routes and rules', async () => {
  const { adapter, shell } = await openNetwork();
  const before = await captureState(adapter, { settings: SETTINGS });
  expect(before.problems).toEqual([]);
  expect(stateOnly(await captureState(adapter, { settings: SETTINGS }))).toEqual(stateOnly(before));
  expect(before.text('state/interfaces/ve0/routes')).toBe(
    [
      '-4 10.5.0.0/16 dev ve0 table 100 proto boot scope link',
      '-4 10.8.0.0/16 proto boot scope global nexthop via 10.1.0.7 dev ve0 weight 2 nexthop via 10.1.0.8 dev ve0 weight 1',
      '-4 10.9.0.0/16 via 10.7.7.7 dev ve0 onlink proto boot scope global mtu 1300',
      '-4 default via 10.1.0.254 dev ve0 proto static scope global metric 50',
      '-6 fd09::/32 via fd01::9 dev ve0 proto boot metric 1024 pref medium',
      '',
    ].join('\n'),
  );
  await shell(`
    ip link set ve0 mtu 1280 txqueuelen 900 promisc on
    ip link set ve1 master br0 alias mine
    ip address del 10.1.0.1/24 dev ve0
    ip address add 10.2.0.1/16 dev ve0
    ip address del fd01::1/64 dev ve0
    ip address add 10.3.0.9 peer 10.3.0.2/32 dev ve0
    ip route replace default via 10.2.0.254 metric 50
    ip route add unreachable 10.67.0.0/16
    ip route del 10.66.0.0/16
    ip rule del priority 50
    ip rule add priority 51 to 10.5.0.0/16 prohibit
    ip link set lo down`);
  const { plan, after } = await putBack(adapter, SETTINGS, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  const texts = plan.steps.map(({ text }) => text);
  expect(texts).toContain(
    'set mtu from 1280 to 1400, txqueuelen from 900 to 500, promisc from on to off of ve0',
  );
  expect(texts).toContain('set master from br0 to none, alias from mine to none of ve1');
  expect(texts).toContain('add the address 10.1.0.1/24 brd 10.1.0.255 scope global label ve0 of ve0');
  expect(texts).toContain('remove the rule -4 priority 51 from all to 10.5.0.0/16 prohibit');
  expect(plan.unrestorable).toEqual([]);
  expect(await shell('ip route get 10.77.0.1')).toContain('via 10.1.0.254');
});

test('an interface that is down comes up with all it had, and goes down again', async () => {
  const { adapter, shell } = await openNetwork();
  const up = await captureState(adapter, { settings: SETTINGS });
  await shell('ip link set ve0 down; ip address flush dev ve0');
  const down = await captureState(adapter, { settings: SETTINGS });
  expect(down.text('state/interfaces/ve0/routes')).toBe('');
  const { after } = await putBack(adapter, SETTINGS, up);
  expect(stateOnly(after)).toEqual(stateOnly(up));
  expect(stateOnly((await putBack(adapter, SETTINGS, down)).after)).toEqual(stateOnly(down));
});

test('what the kernel takes along with an address that is removed is there afterwards', async () => {
  const { adapter, shell } = await openNetwork();
  const before = await captureState(adapter, { settings: SETTINGS });
  // The first address of a network is its primary one: the others go with it, and the routes through it.
  await shell(`
    ip address flush dev ve0 to 10.1.0.0/24
    ip address add 10.1.0.9/24 dev ve0
    ip address add 10.1.0.1/24 brd + dev ve0
    ip address add 10.1.0.2/24 dev ve0
    ip route replace default via 10.1.0.254 proto static metric 50
    ip route replace 10.8.0.0/16 nexthop via 10.1.0.7 weight 2 nexthop via 10.1.0.8`);
  const { plan, after } = await putBack(adapter, SETTINGS, before);
  expect(plan.steps.map(({ text }) => text)).toEqual([
    'remove the address 10.1.0.9/24 scope global label ve0 of ve0',
  ]);
  expect(stateOnly(after)).toEqual(stateOnly(before));
});

test('a route or an address in another form takes the place of the one that is there', async () => {
  const { adapter, shell } = await openNetwork();
  const before = await captureState(adapter, { settings: SETTINGS });
  await shell(`
    ip route replace 10.9.0.0/16 via 10.1.0.77 dev ve0
    ip address del 10.1.0.2/24 dev ve0
    ip address add 10.1.0.2/24 dev ve0 label ve0:other`);
  const { plan, after } = await putBack(adapter, SETTINGS, before);
  expect(plan.steps.map((step) => step.do).sort()).toEqual(['add', 'add', 'remove', 'remove']);
  expect(stateOnly(after)).toEqual(stateOnly(before));
});

test('what is set by routers, daemons and the kernel is observed, not put back', async () => {
  const { adapter, shell } = await openNetwork();
  await shell('ip route add 10.44.0.0/16 via 10.1.0.9 proto bird');
  const state = await captureState(adapter, { settings: SETTINGS });
  expect(state.text('state/interfaces/ve0/routes')).not.toContain('10.44');
  expect(state.text('observed/interfaces/ve0')).toContain('10.44.0.0/16');
  expect(state.text('observed/interfaces/ve0')).toContain('"rx"');
  expect(state.text('state/interfaces/ve0/routes')).not.toContain('proto kernel');
});

test('interfaces that are gone or new are told, with what to do', async () => {
  const { adapter, shell } = await openNetwork();
  const before = await captureState(adapter, { settings: SETTINGS });
  await shell('ip link del br0; ip link add br7 type bridge');
  const now = await captureState(adapter, { settings: SETTINGS });
  const { steps, unrestorable } = await compareStates(
    adapter,
    { from: now, to: before },
    { settings: SETTINGS },
  );
  expect(steps).toEqual([]);
  expect(unrestorable).toEqual([
    { object: 'interface br0', text: expect.stringContaining('is not there') },
    { object: 'interface br7', text: expect.stringContaining('ip link delete br7') },
  ]);
});

test('what the kernel refuses is told by the words of ip(8), and the rest is done', async () => {
  const { adapter, shell } = await openNetwork();
  const from = await captureState(adapter, { settings: SETTINGS });
  const path = 'state/interfaces/ve0/routes';
  const routes = `${from.text(path)}-4 10.12.0.0/16 via 192.0.2.1 dev ve0 proto boot scope global\n`;
  const added = `${routes}-4 10.13.0.0/16 via 10.1.0.9 dev ve0 proto boot scope global\n`;
  const to = stateOf(new Map([...from.documents, [path, new TextEncoder().encode(added)]]));
  const { steps } = await compareStates(adapter, { from, to }, { settings: SETTINGS });
  const { problems } = await applySteps(adapter, steps, { settings: SETTINGS, from, to });
  expect(problems).toEqual([
    {
      object: 'route -4 10.12.0.0/16 via 192.0.2.1 dev ve0 proto boot scope global',
      code: 'STATE_REFUSED',
      message: expect.stringMatching(
        /^could not be put back \(add\): 'ip -4 route add .*' ended with exit code 2/,
      ),
    },
  ]);
  expect(await shell('ip route show 10.13.0.0/16')).toContain('via 10.1.0.9');
});

test('a host without ip(8) says so, and the other areas are captured', async () => {
  const { adapter, hide } = openKernelNamespace();
  await hide('ip');
  const settings = { ...SETTINGS, sysctl: ['net.ipv4.ip_forward'] };
  const { problems, documents } = await captureState(adapter, { settings });
  expect(problems).toEqual([
    {
      object: 'interfaces',
      code: 'PROGRAM_MISSING',
      message: expect.stringContaining("no program 'ip' here"),
    },
  ]);
  expect(documents.has('state/sysctl/net/ipv4/ip_forward')).toBe(true);
});
