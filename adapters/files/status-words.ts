// What stat says of a file, as 32-bit words in a flat array: no object per file is made while a tree is walked.
import {
  BLOCKS_LOW_WORD,
  CHANGED_NANOSECONDS_WORD,
  CHANGED_SECONDS_LOW_WORD,
  DEVICE_WORD,
  GROUP_ID_WORD,
  INODE_LOW_WORD,
  LINK_COUNT_WORD,
  MODE_WORD,
  MODIFIED_NANOSECONDS_WORD,
  MODIFIED_SECONDS_LOW_WORD,
  NODE_DEVICE_WORD,
  SIZE_LOW_WORD,
  STATUS_WORDS,
  USER_ID_WORD,
} from '../node/status-layout.js';

export { STATUS_WORDS };

/** Positions of the words; 64-bit values take two, the lower one first. */
export const WORD = {
  mode: MODE_WORD,
  linkCount: LINK_COUNT_WORD,
  userId: USER_ID_WORD,
  groupId: GROUP_ID_WORD,
  inode: INODE_LOW_WORD,
  size: SIZE_LOW_WORD,
  modifiedSeconds: MODIFIED_SECONDS_LOW_WORD,
  modifiedNanoseconds: MODIFIED_NANOSECONDS_WORD,
  changedSeconds: CHANGED_SECONDS_LOW_WORD,
  changedNanoseconds: CHANGED_NANOSECONDS_WORD,
  deviceNumber: NODE_DEVICE_WORD,
  device: DEVICE_WORD,
  blocks: BLOCKS_LOW_WORD,
} as const;

/** The words up to here tell whether a file is as it was: neither its device's number nor its block count do. */
export const COMPARED_WORDS = 15;

/** The 64-bit value at `at` as a number, exact up to 2^53; times before 1970 are negative. */
export function readLongWord(words: Int32Array, at: number): number {
  return (words[at] >>> 0) + words[at + 1] * 2 ** 32;
}

const TYPE_MASK = 0o170000;

export type FileType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'fifo'
  | 'character-device'
  | 'block-device'
  | 'socket';

// A map, as a formatter may rewrite octal property names.
const TYPES: ReadonlyMap<number, FileType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o020000, 'character-device'],
  [0o060000, 'block-device'],
  [0o140000, 'socket'],
]);

export function fileType(mode: number): FileType {
  return TYPES.get(mode & TYPE_MASK) ?? 'socket';
}

/** Permission bits with setuid, setgid and sticky. */
export function permissionBits(mode: number): number {
  return mode & 0o7777;
}
