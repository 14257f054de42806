// Making, moving and removing names. Each fails rather than replace what it was not told to replace, and applies the
// process's umask to modes: what has to be exact is set by `changeMode` afterwards.
import { constants } from 'node:fs';
import { type DeviceNumber, isDeviceNumber, toNativeDevice } from './device-number.js';
import type { Move } from './posix-call-contract.js';
import { posixCalls, requireSuccess } from './posix-calls.js';
import { ERRNO } from './posix-error.js';
import type { Entry } from './posix-place.js';

const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;

export function makeDirectory(entry: Entry, mode: number): void {
  requireSuccess(posixCalls().makeDirectory(entry, mode), 'mkdirat', entry);
}

/**
 * Makes a node of the type in `mode` (S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, or S_IFREG). Fails with EINVAL for a
 * device number that Linux does not have, with EPERM where devices take more privilege.
 */
export function makeNode(entry: Entry, mode: number, device: DeviceNumber = { major: 0, minor: 0 }): void {
  const result = isDeviceNumber(device)
    ? posixCalls().makeNode(entry, mode, toNativeDevice(device))
    : -ERRNO.EINVAL;
  requireSuccess(result, 'mknodat', entry);
}

export function makeFifo(entry: Entry, mode: number): void {
  makeNode(entry, constants.S_IFIFO | mode);
}

/** Makes `entry` a symbolic link with this content, which may lead anywhere. */
export function makeSymlink(entry: Entry, content: string): void {
  requireSuccess(posixCalls().makeSymlink(entry, content), 'symlinkat', entry);
}

export function readSymlink(entry: Entry): string {
  const content = posixCalls().readSymlink(entry);
  if (typeof content === 'number') requireSuccess(content, 'readlinkat', entry);
  return content as string;
}

/** Gives the file `from` the further name `to`. A symbolic link gets the name itself. */
export function makeLink(move: Move): void {
  requireSuccess(posixCalls().makeLink(move), 'linkat', move.to);
}

/** Removes a name that is no directory's. */
export function removeFile(entry: Entry): void {
  requireSuccess(posixCalls().removeFile(entry), 'unlinkat', entry);
}

/** Removes an empty directory. */
export function removeDirectory(entry: Entry): void {
  requireSuccess(posixCalls().removeDirectory(entry), 'unlinkat', entry);
}

/** Moves `from` to `to`, in one instant, replacing a file that is there. */
export function renameEntry(move: Move): void {
  requireSuccess(posixCalls().rename(move), 'renameat', move.to);
}

/** Moves `from` to `to`; fails with EEXIST where anything is there. */
export function renameNoReplace(move: Move): void {
  requireSuccess(posixCalls().renameWith(move, RENAME_NOREPLACE), 'renameat2', move.to);
}

/** Swaps two names, of whatever kind, in one instant. Fails with ENOENT unless both are there. */
export function renameExchange(move: Move): void {
  requireSuccess(posixCalls().renameWith(move, RENAME_EXCHANGE), 'renameat2', move.to);
}
