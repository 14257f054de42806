// Owner, mode and time of a file, symbolic links themselves included: none is followed.
import { chmodSync } from 'node:fs';
import type { FileTime, Owner } from './posix-call-contract.js';
import { posixCalls, requireSuccess } from './posix-calls.js';
import { closeDescriptor, openEntry } from './posix-directory.js';
import { errnoOf, posixError } from './posix-error.js';
import { describeTarget, descriptorPath, type Target } from './posix-place.js';

const O_PATH = 0o10000000;

/** Sets owner and group; the kernel drops setuid, setgid and capabilities, so the mode comes after. */
export function changeOwner(target: Target, owner: Owner): void {
  requireSuccess(posixCalls().changeOwner(target, owner), 'fchownat', target);
}

/** Sets the permission bits, setuid, setgid and sticky included. Fails with ENOTSUP on a symbolic link. */
export function changeMode(target: Target, mode: number): void {
  if (typeof target === 'number') {
    requireSuccess(posixCalls().changeMode(target, mode), 'fchmod', target);
    return;
  }
  // chmod always follows links, and older C libraries refuse to be told otherwise: a path descriptor pins the file.
  const descriptor = openEntry(target, O_PATH);
  try {
    chmodSync(descriptorPath(descriptor), mode);
  } catch (error) {
    throw posixError({ syscall: 'chmod', errno: errnoOf(error), path: describeTarget(target) });
  } finally {
    closeDescriptor(descriptor);
  }
}

/** Sets the time of modification to the nanosecond, as far as the file system keeps it; that of access stays. */
export function setTimes(target: Target, modified: FileTime): void {
  requireSuccess(posixCalls().setTimes(target, modified), 'utimensat', target);
}
