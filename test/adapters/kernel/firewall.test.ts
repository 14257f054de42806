// The firewall in a network of its own: rules of nftables and of iptables on the real kernel.
import { expect, test } from 'vitest';
import { parseRuleset } from '#adapters/kernel/nftables.js';
import { applySteps, captureState, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { openKernelNamespace } from './kernel-namespace.js';
import { putBack, stateOnly } from './put-back.js';

const SETTINGS = { firewall: true };
const RULES = `
table inet filter {
  counter hits { }
  set bans { type ipv4_addr; flags timeout; timeout 1h; }
  set seen { type ipv4_addr; size 128; flags dynamic; }
  set known { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 } }
  map verdicts { type inet_service : verdict; elements = { 22 : accept, 23 : drop } }
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    tcp dport 9 counter name "hits" counter
    iif "lo" accept
    tcp dport { 22, 443 } counter accept comment "a } brace"
    ip saddr @bans drop
    ip saddr @known counter name "hits" log prefix "known " accept
    tcp dport vmap @verdicts
  }
}
table ip6 other {
  chain plain { }
}
`;

test('tables of nftables go back in one transaction, without counters and elements that come by themselves', async () => {
  const { adapter, run, shell } = openKernelNamespace();
  await run('nft', RULES);
  const before = await captureState(adapter, { settings: SETTINGS });
  expect(before.problems).toEqual([]);
  expect(before.text('state/firewall/nftables/inet/filter')).toContain('"a } brace"');
  await shell(`
    ip link set lo up
    bash -c '> /dev/tcp/127.0.0.1/9' 2> /dev/null || true
    nft add element inet filter bans { 192.0.2.99 }
    nft add element inet filter seen { 192.0.2.98 }`);
  const counted = await captureState(adapter, { settings: SETTINGS });
  expect(stateOnly(counted)).toEqual(stateOnly(before));
  expect(counted.text('observed/firewall/ruleset')).toMatch(/192\.0\.2\.99[\s\S]*counter packets [1-9]/);
  await shell(`
    nft add rule inet filter input udp dport 53 accept
    nft delete table ip6 other
    nft add table bridge extra
    nft delete element inet filter known { 192.0.2.1 }`);
  const { plan, after } = await putBack(adapter, SETTINGS, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(plan.steps.map(({ object, do: verb }) => `${verb} ${object}`)).toEqual([
    'remove firewall bridge extra',
    'set firewall inet filter',
    'set firewall ip6 other',
  ]);
});

test('tables that are as they were keep their counters', async () => {
  const { adapter, run, shell } = openKernelNamespace();
  await run('nft', RULES);
  const before = await captureState(adapter, { settings: SETTINGS });
  await shell('nft add element inet filter bans { 192.0.2.99 }; nft add table ip extra');
  await putBack(adapter, SETTINGS, before);
  expect(await run('nft', 'list', 'set', 'inet', 'filter', 'bans')).toContain('192.0.2.99');
});

test('rules of iptables go back in its own words, those of nftables beside them', async () => {
  const { adapter, shell } = openKernelNamespace();
  await shell(`
    nft add table inet own
    iptables -P INPUT DROP
    iptables -A INPUT -p tcp --dport 22 -m comment --comment 'a way in' -j ACCEPT
    iptables -N MINE
    iptables -A MINE -m limit --limit 5/s -j LOG --log-prefix mine
    ip6tables -A INPUT -i lo -j ACCEPT`);
  const before = await captureState(adapter, { settings: SETTINGS });
  expect(Object.keys(stateOnly(before))).toEqual([
    'state/firewall/iptables/filter',
    'state/firewall/ip6tables/filter',
    'state/firewall/nftables/inet/own',
  ]);
  await shell(`
    iptables -P INPUT ACCEPT
    iptables -F
    iptables -t nat -A POSTROUTING -o ve0 -j MASQUERADE
    ip6tables -A INPUT -j DROP
    nft add chain inet own more`);
  const { plan, after } = await putBack(adapter, SETTINGS, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(plan.steps.map(({ text }) => text)).toEqual([
    'set the rules of ip6tables filter from 7 lines to 6 lines',
    'set the rules of iptables filter from 6 lines to 8 lines',
    'remove the rules of iptables nat (7 lines)',
    'set the rules of inet own from 4 lines to 2 lines',
  ]);
});

test('rules that nft does not take are refused before anything is changed', async () => {
  const { adapter, run } = openKernelNamespace();
  await run('nft', RULES);
  const from = await captureState(adapter, { settings: SETTINGS });
  const path = 'state/firewall/nftables/inet/filter';
  const broken = from.text(path)?.replace('iif "lo" accept', 'iif "nowhere0" accept');
  const to = stateOf(new Map([...from.documents, [path, new TextEncoder().encode(broken)]]));
  const { steps } = await compareStates(adapter, { from, to }, { settings: SETTINGS });
  expect(steps).toHaveLength(1);
  await expect(applySteps(adapter, steps, { settings: SETTINGS, from, to })).rejects.toThrow(
    expect.objectContaining({ code: 'STATE_REFUSED', message: expect.stringContaining('nowhere0') }),
  );
  expect(stateOnly(await captureState(adapter, { settings: SETTINGS }))).toEqual(stateOnly(from));
});

test('of what nft lists, tables are told apart and elements that come by themselves left out', () => {
  const text = [
    ...[
      'table inet a {',
      '\tset s {',
      '\t\ttype ipv4_addr',
      '\t\tflags dynamic',
      '\t\telements = { 1.2.3.4,',
    ],
    ...[
      '\t\t\t     1.2.3.5 }',
      '\t}',
      '',
      '\tset k {',
      '\t\ttype ipv4_addr',
      '\t\telements = { 1.2.3.6 }',
      '\t}',
    ],
    ...['}', '# a remark', 'table ip b {', '}', ''],
  ].join('\n');
  const tables = parseRuleset(text);
  expect([...tables.keys()]).toEqual(['inet a', 'ip b']);
  expect(tables.get('inet a')).not.toMatch(/1\.2\.3\.[45]/);
  expect(tables.get('inet a')).toContain('1.2.3.6');
  expect(tables.get('ip b')).toBe('table ip b {\n}\n');
});

test('a host without any firewall program says so where one is asked for, and only there', async () => {
  const { adapter, hide } = openKernelNamespace();
  await hide('nft', 'iptables-save', 'ip6tables-save');
  const { problems } = await captureState(adapter, { settings: { ...SETTINGS, sysctl: ['net.core.*'] } });
  expect(problems).toEqual([
    { object: 'firewall', code: 'PROGRAM_MISSING', message: expect.stringContaining('install nftables') },
  ]);
  const other = await captureState(adapter, { settings: { sysctl: ['net.core.*'] } });
  expect(other.problems).toEqual([]);
});

test('a host with iptables alone is put back by it', async () => {
  const { adapter, shell, hide } = openKernelNamespace();
  await hide('nft');
  await shell('iptables -A INPUT -p icmp -j ACCEPT');
  const before = await captureState(adapter, { settings: SETTINGS });
  expect(before.problems).toEqual([]);
  await shell('iptables -F INPUT; iptables -P OUTPUT DROP');
  expect(stateOnly((await putBack(adapter, SETTINGS, before)).after)).toEqual(stateOnly(before));
});
