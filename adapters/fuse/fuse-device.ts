// The device that FUSE goes through, and the calls that mount a file system on it and unmount it; see mount(2), umount(2).
import { closeSync, constants, openSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { ERRNO, errnoName, errnoOf, posixError } from '../node/posix-error.js';
import { type NativeCall, posixLibrary } from '../node/posix-library.js';
import { terminated } from '../node/posix-place.js';

export const FUSE_DEVICE = '/dev/fuse';
/** What the kernel's table of mounts has as the type of ours. */
export const FUSE_TYPE = 'fuse.savepoint';

const READ_ONLY = 1;
const NO_SETUID = 2;
const NO_DEVICES = 4;
const FORCE = 1;
const DETACH = 2;
const NO_FOLLOW = 8;

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "load the kernel's module 'fuse', or pass the device into this container",
  ENXIO: "load the kernel's module 'fuse'",
  ENODEV: "load the kernel's module 'fuse'",
  EACCES: 'repeat as root',
  EPERM: 'repeat as root, where this container may use the device',
};

/** The descriptor is the caller's to close. Throws UNSUPPORTED, PERMISSION_DENIED, or STORAGE_FAILED. */
export function openFuseDevice(device = FUSE_DEVICE): number {
  try {
    return openSync(device, constants.O_RDWR);
  } catch (error) {
    const errno = errnoName(errnoOf(error));
    const advice = ADVICE[errno];
    if (advice === undefined) throw posixError({ syscall: 'open', errno: errnoOf(error), path: device });
    const code = errno === 'EACCES' || errno === 'EPERM' ? 'PERMISSION_DENIED' : 'UNSUPPORTED';
    const message = `Nothing can be mounted: ${device} can't be opened (${errno}): ${advice}.`;
    throw new SavepointError(code, message, { fields: { path: device, errno }, cause: error });
  }
}

export function closeFuseDevice(descriptor: number): void {
  closeSync(descriptor);
}

export interface FuseMount {
  readonly descriptor: number;
  readonly directory: string;
  /** What the table of mounts shows as where it comes from. */
  readonly source: string;
  /** Whether other users than this process's may use it. */
  readonly allowOther: boolean;
}

/** Mounts on the open device; for root only. Throws UNSUPPORTED, PERMISSION_DENIED, and what else `posixError` makes of a failure. */
export function mountFuse({ descriptor, directory, source, allowOther }: FuseMount): void {
  const mount = bind('mount', [
    'const void *',
    'const void *',
    'const void *',
    'unsigned long',
    'const void *',
  ]);
  const owner = `user_id=${process.geteuid?.() ?? 0},group_id=${process.getegid?.() ?? 0}`;
  const options = `fd=${descriptor},rootmode=40000,${owner},default_permissions,max_read=${1 << 20}${allowOther ? ',allow_other' : ''}`;
  const flags = READ_ONLY | NO_SETUID | NO_DEVICES;
  if (mount(terminated(source), terminated(directory), FUSE_TYPE, flags, options) === 0) return;
  const errno = posixLibrary().errno();
  if (errno !== ERRNO.EINVAL && errno !== ERRNO.ENODEV)
    throw posixError({ syscall: 'mount', errno, path: directory });
  const message = `Nothing can be mounted: this kernel has no FUSE, or ${FUSE_DEVICE} is not its device (${errnoName(errno)}).`;
  throw new SavepointError('UNSUPPORTED', message, { fields: { path: directory, errno: errnoName(errno) } });
}

/** How to unmount what is still in use: not at all, or by taking it away from those who use it, who get errors. */
export type UnmountManner = 'if-unused' | 'by-force';

export type Unmounted = 'unmounted' | 'busy' | 'gone';

/** As `closeMount`; for root only. */
export function unmountFuse(directory: string, manner: UnmountManner): Unmounted {
  const unmount = bind('umount2', ['const void *', 'int']);
  const flags = manner === 'by-force' ? FORCE | DETACH : 0;
  if (unmount(terminated(directory), flags | NO_FOLLOW) === 0) return 'unmounted';
  const errno = posixLibrary().errno();
  if (errno === ERRNO.EBUSY) return 'busy';
  if (errno === ERRNO.EINVAL || errno === ERRNO.ENOENT) return 'gone';
  throw posixError({ syscall: 'umount', errno, path: directory });
}

function bind(name: string, parameters: readonly string[]): NativeCall {
  const call = posixLibrary().bind(name, parameters);
  if (call !== undefined) return call;
  throw new SavepointError('UNSUPPORTED', `This C library has no ${name}.`, { fields: { call: name } });
}
