// Capabilities of a file in words, from what the kernel keeps of them. Pure.

const NAMES = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'],
  ...[
    'linux_immutable',
    'net_bind_service',
    'net_broadcast',
    'net_admin',
    'net_raw',
    'ipc_lock',
    'ipc_owner',
  ],
  ...[
    'sys_module',
    'sys_rawio',
    'sys_chroot',
    'sys_ptrace',
    'sys_pacct',
    'sys_admin',
    'sys_boot',
    'sys_nice',
  ],
  ...['sys_resource', 'sys_time', 'sys_tty_config', 'mknod', 'lease', 'audit_write', 'audit_control'],
  ...[
    'setfcap',
    'mac_override',
    'mac_admin',
    'syslog',
    'wake_alarm',
    'block_suspend',
    'audit_read',
    'perfmon',
  ],
  ...['bpf', 'checkpoint_restore'],
];
const REVISION_1 = 1;
const REVISION_3 = 3;

/** What a vfs_cap_data (linux/capability.h) says, in the words of cap_to_text(3). */
export function describeCapability(value: Uint8Array): string {
  if (value.length < 12) return 'unknown';
  const data = new DataView(value.buffer, value.byteOffset, value.length);
  const magic = data.getUint32(0, true);
  const revision = magic >>> 24;
  const isWide = revision > REVISION_1 && value.length >= 20;
  const wordsAt = (offset: number) =>
    BigInt(data.getUint32(offset, true)) | (isWide ? BigInt(data.getUint32(offset + 8, true)) << 32n : 0n);
  const permitted = wordsAt(4);
  const inheritable = wordsAt(8);
  const effective = (magic & 1) === 1 ? 'e' : '';
  const byFlags = new Map<string, string[]>();
  for (let bit = 0; bit < 64; bit++) {
    const has = (words: bigint) => ((words >> BigInt(bit)) & 1n) === 1n;
    const flags = `${effective}${has(inheritable) ? 'i' : ''}${has(permitted) ? 'p' : ''}`;
    if (flags === effective) continue;
    byFlags.set(flags, [...(byFlags.get(flags) ?? []), `cap_${NAMES[bit] ?? bit}`]);
  }
  const words = [...byFlags].map(([flags, names]) => `${names.join(',')}=${flags}`);
  const isOfNamespace = revision === REVISION_3 && value.length >= 24;
  const root = isOfNamespace ? ` [rootid=${data.getUint32(20, true)}]` : '';
  return `${words.join(' ') || '='}${root}`;
}
