// What stat says of a file, as 32-bit words in a flat array: no object per file is made while a tree is walked.
import { STATUS_WORDS } from '../node/posix-status.js';

export { STATUS_WORDS };

/** Positions of the words; 64-bit values take two, the lower one first. */
export const WORD = {
  mode: 0,
  linkCount: 1,
  userId: 2,
  groupId: 3,
  inode: 4,
  size: 6,
  modifiedSeconds: 8,
  modifiedNanoseconds: 10,
  changedSeconds: 11,
  changedNanoseconds: 13,
  deviceNumber: 14,
  device: 15,
  blocks: 16,
} as const;

/** The words up to here tell whether a file is as it was: neither its device's number nor its block count do. */
export const COMPARED_WORDS = 15;

/** The 64-bit value at `at` as a number, exact up to 2^53; times before 1970 are negative. */
export function readLongWord(words: Int32Array, at: number): number {
  return (words[at] >>> 0) + words[at + 1] * 2 ** 32;
}

const TYPE_MASK = 0o170000;

export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'character-device' | 'block-device' | 'socket';

const TYPES: Readonly<Record<number, FileType>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'symlink',
  0o010000: 'fifo',
  0o020000: 'character-device',
  0o060000: 'block-device',
  0o140000: 'socket',
};

export function fileType(mode: number): FileType {
  return TYPES[mode & TYPE_MASK] ?? 'socket';
}

/** Permission bits with setuid, setgid and sticky. */
export function permissionBits(mode: number): number {
  return mode & 0o7777;
}
