// Mounting and unmounting as this user can do it: root by system calls, others through fusermount3.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import { readMountTable } from '../kernel/mount-table.js';
import { ERRNO, posixError } from '../node/posix-error.js';
import { posixCapabilities } from '../node/posix-library.js';
import { searchPath } from '../system/run-program.js';
import {
  closeFuseDevice,
  FUSE_DEVICE,
  type FuseMount,
  mountFuse,
  openFuseDevice,
  type Unmounted,
  type UnmountManner,
  unmountFuse,
} from './fuse-device.js';
import { FUSERMOUNT, mountByProgram, unmountByProgram } from './fusermount.js';

const CONNECTIONS = '/sys/fs/fuse/connections';

const isRoot = () => process.geteuid?.() === 0;

/** Why this user can mount nothing; `undefined` where nothing seems to be in the way. */
export function findMountObstacle(device = FUSE_DEVICE): string | undefined {
  const { available, reason } = posixCapabilities();
  if (!available) return `the C library can't be used: ${reason}`;
  if (!isRoot() && !isFound(FUSERMOUNT))
    return `there is no ${FUSERMOUNT}, by which users who are not root mount`;
  try {
    closeFuseDevice(openFuseDevice(device));
    return undefined;
  } catch (error) {
    if (isSavepointError(error)) return error.message;
    throw error;
  }
}

function isFound(program: string): boolean {
  return searchPath()
    .split(':')
    .some((directory) => existsSync(join(directory, program)));
}

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
