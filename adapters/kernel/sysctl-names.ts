// Names of kernel parameters as sysctl(8) has them, and their paths below /proc/sys. In a name, dots stand between the parts and a
// slash stands for a dot within one, as in net.ipv4.conf.eth0/1.forwarding; where a slash comes first it is the other way round.

/** The path below /proc/sys. */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  return separator === '/' ? name : exchange(name);
}

/** The name with dots between its parts. */
export function sysctlName(path: string): string {
  return exchange(path);
}

function exchange(text: string): string {
  return text.replace(/[./]/g, (found) => (found === '.' ? '/' : '.'));
}
