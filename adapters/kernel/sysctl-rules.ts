// What is special about single kernel parameters: which only tell or do something, which exclude or change each other, and which
// have no way back. See Documentation/admin-guide/sysctl and Documentation/networking/ip-sysctl.rst of the kernel.
import { matchNames } from './name-pattern.js';

/** These do something when they are written, or differ each time that they are read: there is no value to keep. */
export const isAction = matchNames([
  ...['vm.compact_memory', 'vm.drop_caches', 'vm.stat_refresh', '*.flush', 'fs.xfs.stats_clear'],
  ...['kernel.random.uuid', 'fs.binfmt_misc.*'],
  // The same number as vm.nr_hugepages.
  'vm.nr_hugepages_mempolicy',
]);

/** The kernel, or whoever uses it, changes these by itself. */
export const isVolatile = matchNames([
  ...['kernel.random.boot_id', 'kernel.random.entropy_avail', 'fs.*-state', 'fs.*-nr', 'fs.quota.*'],
  ...['kernel.ns_last_pid', 'kernel.pty.nr', 'kernel.tainted', 'kernel.cad_pid', 'kernel.hung_task_warnings'],
  ...['kernel.*_next_id', 'kernel.perf_event_max_sample_rate', 'vm.numa_stat', 'net.netfilter.*_count'],
]);

/** What the area of memory keeps where it is asked for. */
export const isOfMemory = matchNames(['vm.overcommit_*', 'vm.nr_hugepages', 'vm.nr_overcommit_hugepages']);

/** Keys from which others could be derived. */
export const isSecret = matchNames(['*.stable_secret', 'net.ipv4.tcp_fastopen_key']);

/** It follows the MTU of its interface, and can't be greater. */
export const followsInterface = matchNames(['net.ipv6.conf.*.mtu']);

/** `net.ipv4.conf.default.rp_filter`, in parts; the name of an interface may hold slashes for its dots. */
const PER_INTERFACE = /^net\.(ipv4|ipv6)\.(conf|neigh)\.([^.]+)\.([^.]+)$/;
/** Those of `all` interfaces that the kernel carries over to each. */
const SWITCHES_OF_ALL = ['forwarding', 'disable_ipv6', 'addr_gen_mode', 'ignore_routes_with_linkdown'];
const FORWARDING = /^net\.ipv4\.(ip_forward|conf\.all\.forwarding)$/;

/** What others depend on comes first: the switches of all interfaces, then the defaults, then single interfaces. */
export function rankSysctl(name: string): number {
  if (name === 'net.ipv4.ip_forward' || name === 'kernel.watchdog') return 0;
  const device = splitName(name)?.device;
  if (device === 'all') return 1;
  return device === 'default' ? 2 : 3;
}

/** Whether the kernel sets `other` when `name` is set. */
export function resetsSysctl(name: string, other: string): boolean {
  if (name === 'kernel.watchdog') return ['kernel.nmi_watchdog', 'kernel.soft_watchdog'].includes(other);
  const one = splitName(name);
  const two = splitName(other);
  if (two === undefined) return false;
  if (FORWARDING.test(name) && two.family === 'ipv4' && two.table === 'conf')
    return two.leaf === 'forwarding' || (two.device === 'all' && two.leaf === 'accept_redirects');
  if (one === undefined || one.family !== two.family || one.table !== two.table || one.leaf !== two.leaf)
    return false;
  if (one.device === 'all') return two.device !== 'all' && SWITCHES_OF_ALL.includes(one.leaf);
  const isCopied = one.table === 'neigh' || one.family === 'ipv4';
  return isCopied && one.device === 'default' && !['all', 'default'].includes(two.device);
}

/** Why the kernel does not go from one value to another before it is started again; `undefined` where it does. */
export function findOneWay(
  name: string,
  values: { readonly from: string; readonly to: string },
): string | undefined {
  const { from, to } = values;
  const isOneWay =
    (['kernel.modules_disabled', 'kernel.kexec_load_disabled'].includes(name) && from === '1') ||
    (name === 'kernel.unprivileged_bpf_disabled' && from === '1') ||
    (name === 'kernel.yama.ptrace_scope' && from === '3');
  return isOneWay
    ? `stays ${from} instead of ${to}: once set, the kernel keeps it until the host is restarted`
    : undefined;
}

function splitName(name: string) {
  const found = PER_INTERFACE.exec(name);
  if (found === null) return undefined;
  const [, family, table, device, leaf] = found;
  return { family, table, device, leaf };
}
