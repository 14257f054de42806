// Mounting and unmounting as this user can do it: root by system calls, others through fusermount3.
import { writeFileSync } from 'node:fs';
import { readMountTable } from '../kernel/mount-table.js';
import { ERRNO, posixError } from '../node/posix-error.js';
import {
  closeFuseDevice,
  type FuseMount,
  mountFuse,
  openFuseDevice,
  type Unmounted,
  type UnmountManner,
  unmountFuse,
} from './fuse-device.js';
import { mountByProgram, unmountByProgram } from './fusermount.js';

const CONNECTIONS = '/sys/fs/fuse/connections';

const isRoot = () => process.geteuid?.() === 0;

/** The open device of the new mount. Throws UNSUPPORTED, PERMISSION_DENIED, and what else `posixError` makes of a failure. */
export async function openMount(mount: Omit<FuseMount, 'descriptor'>): Promise<number> {
  if (!isRoot()) return mountByProgram(mount);
  const descriptor = openFuseDevice();
  try {
    mountFuse({ ...mount, descriptor });
    return descriptor;
  } catch (error) {
    closeFuseDevice(descriptor);
    throw error;
  }
}

/** Answers 'busy' where it is in use, and 'gone' where nothing is mounted there. Throws PERMISSION_DENIED and the like. */
export function closeMount(directory: string, manner: UnmountManner): Unmounted {
  if (isRoot()) return unmountFuse(directory, manner);
  const mount = readMountTable().findLast(({ point }) => point === directory);
  if (mount === undefined) return 'gone';
  if (!mount.superOptions.includes(`user_id=${process.getuid?.()}`))
    throw posixError({ syscall: 'umount', errno: ERRNO.EPERM, path: directory });
  if (manner === 'by-force') abortConnection(mount.device);
  return unmountByProgram(directory, manner === 'by-force') ? 'unmounted' : 'busy';
}

/** Whoever uses it gets errors from then on: what the kernel lets who mounted it do, where its control files are mounted. */
function abortConnection(device: string): void {
  try {
    writeFileSync(`${CONNECTIONS}/${device.split(':')[1]}/abort`, '1');
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  }
}
