// What every way to make POSIX calls offers. No call follows a symbolic link in the last component, and each answers
// a negative errno where it fails (-ENOSYS where that way has no such call).
import type { Entry, Target } from './posix-place.js';

/** A time as POSIX has it: nanoseconds count up from `seconds`, in times before 1970 too. */
export interface FileTime {
  /** Seconds since 1970, whole; a number as far as it is safe. */
  readonly seconds: number | bigint;
  readonly nanoseconds: number;
}

export interface Owner {
  readonly userId: number;
  readonly groupId: number;
}

export interface Move {
  readonly from: Entry;
  readonly to: Entry;
}

export interface PosixCalls {
  open(entry: Entry, flags: number, mode: number): number;
  close(descriptor: number): number;
  makeDirectory(entry: Entry, mode: number): number;
  /** `device` is C's `dev_t`. */
  makeNode(entry: Entry, mode: number, device: number): number;
  makeSymlink(entry: Entry, content: string): number;
  makeLink(move: Move): number;
  /** The link's content, or a negative errno. */
  readSymlink(entry: Entry): string | number;
  removeFile(entry: Entry): number;
  removeDirectory(entry: Entry): number;
  rename(move: Move): number;
  /** `flags` are those of renameat2. */
  renameWith(move: Move, flags: number): number;
  changeOwner(target: Target, owner: Owner): number;
  changeMode(descriptor: number, mode: number): number;
  /** Sets the time of modification and leaves that of access alone. */
  setTimes(target: Target, modified: FileTime): number;
}
