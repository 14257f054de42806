// The calls on names that restoring a tree takes, as one interface over the C library and over node:fs.
// As in the kernel, each answers a negative errno where it fails; the modules on top make errors of that.

import { nativeCalls } from './native-calls.js';
import { NODE_CALLS } from './node-calls.js';
import type { PosixCalls } from './posix-call-contract.js';
import { posixError } from './posix-error.js';
import { findPosixLibrary } from './posix-library.js';
import { describeTarget, type Target } from './posix-place.js';

let chosen: PosixCalls | undefined;

/** This thread's calls: of the C library, or else the part of them that node:fs has. */
export function posixCalls(): PosixCalls {
  if (chosen === undefined) {
    const library = findPosixLibrary();
    chosen = library === undefined ? NODE_CALLS : nativeCalls(library);
  }
  return chosen;
}

/** `result` as it is, unless it is a negative errno: then throws what `posixError` makes of it. */
export function requireSuccess(result: number, syscall: string, target: Target): number {
  if (result < 0) throw posixError({ syscall, errno: -result, path: describeTarget(target) });
  return result;
}
