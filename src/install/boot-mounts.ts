// Which paths recovery at boot can't have: those on file systems that are mounted only when the network is up, which is
// after it runs. To order it behind such a mount would be a circle, and systemd breaks circles by leaving something out.
import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SavepointError } from '../../store/errors.js';

export interface Mount {
  readonly point: string;
  readonly type: string;
}

/** The mounts that there are, and those of them that wait for the network whatever their type is. */
export interface MountTables {
  readonly mounts: readonly Mount[];
  readonly late: ReadonlySet<string>;
}

/** Throws UNSUPPORTED for the first of `paths` that is mounted too late. */
export function checkBootMounts(paths: Iterable<string>, tables: MountTables = readTables()): void {
  for (const path of paths) {
    const mount = findMount(nearestReal(path), tables.mounts);
    if (mount === undefined || !(isNetwork(mount.type) || tables.late.has(mount.point))) continue;
    throw new SavepointError(
      'UNSUPPORTED',
      `${path} is on ${mount.point} (${mount.type}), which is mounted when the network is up, but recovery at boot runs before that. Keep it on a local file system, or leave it out of the configuration.`,
      { fields: { path, mount: mount.point, type: mount.type } },
    );
  }
}

function readTables(): MountTables {
  return {
    mounts: parseMounts(readText('/proc/self/mountinfo')),
    late: lateMountPoints(readText('/etc/fstab')),
  };
}

/** What /proc/self/mountinfo says, see proc(5): the fifth field is the mount point, the first behind the dash the type. */
export function parseMounts(text: string): Mount[] {
  return linesOf(text).map((line) => {
    const [front, back = ''] = line.split(' - ');
    return { point: unescapeOctal(front.split(' ')[4]), type: back.split(' ')[0] };
  });
}

/** The mount points that fstab(5) marks with `_netdev`. */
export function lateMountPoints(text: string): ReadonlySet<string> {
  const entries = linesOf(text).filter((line) => !/^\s*#/.test(line));
  const fields = entries.map((line) => line.trim().split(/\s+/));
  const late = fields.filter(([, point, , options = '']) => point && options.split(',').includes('_netdev'));
  return new Set(late.map(([, point]) => unescapeOctal(point)));
}

/** The mount that `path`, without symbolic links, is on: the last one of those with the longest mount point. */
export function findMount(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const { point } = mount;
    const holds = point === '/' || path === point || path.startsWith(`${point}/`);
    if (holds && point.length >= (found?.point.length ?? 0)) found = mount;
  }
  // Whatever the root is, it is there when anything runs.
  return found?.point === '/' ? undefined : found;
}

/** As systemd has it: `fstype_is_network` in src/basic/mountpoint-util.c. */
const NETWORK = new Set([
  ...['afs', 'ceph', 'cifs', 'davfs', 'gfs', 'gfs2', 'glusterfs', 'lustre', 'ncp', 'ncpfs', 'nfs', 'nfs4'],
  ...['ocfs2', 'pvfs2', 'smb3', 'smbfs', 'sshfs'],
]);

function isNetwork(type: string): boolean {
  return NETWORK.has(type.replace(/^fuse\./, ''));
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Blanks, line ends and backslashes stand as a backslash and three octal digits; other bytes as they are. */
function unescapeOctal(text: string): string {
  const bytes = text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** `path` without symbolic links, as far as it is there. */
export function nearestReal(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(code) || path === dirname(path)) throw error;
    return join(nearestReal(dirname(path)), basename(path));
  }
}
