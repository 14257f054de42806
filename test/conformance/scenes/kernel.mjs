// The running kernel in namespaces of its own (network, mounts, IPC): parameters, an interface with an address and a route, rules
// of the firewall and a mount.
import { mkdtempSync, readFileSync } from 'node:fs';
import { kernelAdapter } from '../../../dist/adapters/kernel/kernel-adapter.js';
import { run, shell } from './run.mjs';

export const adapter = kernelAdapter;

const PARAMETERS = ['net/ipv4/conf/all/forwarding', 'net/ipv4/conf/all/log_martians', 'kernel/msgmax'];

export async function openScene() {
  const directory = mkdtempSync('/tmp/savepoint-mount-');
  shell(`
    ip link del scene0 2>/dev/null || true
    nft flush ruleset
    sysctl --quiet net.ipv4.conf.all.forwarding=0 net.ipv4.conf.all.log_martians=0 kernel.msgmax=8192
    ip link add scene0 type veth peer name scene1; ip link set scene1 up
    ip address add 192.0.2.1/24 dev scene0
    ip link set scene0 up mtu 1400
    ip route add 198.51.100.0/24 via 192.0.2.2
    nft 'add table inet scene; add chain inet scene in { type filter hook input priority 0; }'
    nft 'add rule inet scene in tcp dport 22 counter accept'
    mount -t tmpfs -o nosuid,size=1m scene ${directory}
  `);
  return {
    settings: {
      ...{ sysctl: ['net.ipv4.conf.all.*', 'kernel.msg*'], modules: [], processes: [], cgroups: [] },
      ...{ interrupts: false, memory: false, block: [], interfaces: ['scene0'], mounts: [directory] },
      firewall: true,
    },
    async change() {
      shell(`
        sysctl --quiet net.ipv4.conf.all.log_martians=1 kernel.msgmax=16384
        ip address replace 203.0.113.9/24 dev scene0
        ip address del 192.0.2.1/24 dev scene0 2>/dev/null || true
        ip link set scene0 mtu 1300
        ip route replace 198.51.100.0/24 via 203.0.113.2
        nft 'add rule inet scene in tcp dport 80 accept'
        mount -o remount,ro ${directory}
      `);
    },
    describe: async () =>
      [
        ...PARAMETERS.map((name) => `${name} ${readFileSync(`/proc/sys/${name}`, 'utf8')}`),
        shell(
          "ip -o address show dev scene0 | sed 's/tentative//; s/valid_lft.*//' | tr -s ' '; ip -o link show scene0 | sed 's/link.*//'",
        ),
        shell('ip route show table main | sort'),
        run('nft', '--stateless', 'list', 'ruleset'),
        run('findmnt', '--noheadings', '--output', 'OPTIONS', directory),
      ].join('\n'),
    close: async () => void shell(`umount ${directory}; ip link del scene0; nft flush ruleset`),
  };
}
