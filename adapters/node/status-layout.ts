// Where each value of a file's status stands among its 32-bit words, the same for every way to read one.
import type { Entry } from './posix-place.js';

/** How many words one status takes. */
export const STATUS_WORDS = 18;

/** The positions of the words. Those named LOW have the upper half of a 64-bit value in the next word. */
export const MODE_WORD = 0;
export const LINK_COUNT_WORD = 1;
export const USER_ID_WORD = 2;
export const GROUP_ID_WORD = 3;
export const INODE_LOW_WORD = 4;
export const SIZE_LOW_WORD = 6;
export const MODIFIED_SECONDS_LOW_WORD = 8;
export const MODIFIED_NANOSECONDS_WORD = 10;
export const CHANGED_SECONDS_LOW_WORD = 11;
export const CHANGED_NANOSECONDS_WORD = 13;
/** The device that a device node stands for, packed as `packDevice` does. */
export const NODE_DEVICE_WORD = 14;
/** The device that the file is stored on, packed likewise. */
export const DEVICE_WORD = 15;
/** Blocks of 512 bytes that the file takes. */
export const BLOCKS_LOW_WORD = 16;

/** Reads a status into `words` from `offset` on. Answers 0, or the errno, and then leaves `words` alone. */
export interface StatusReader {
  entry(entry: Entry, words: Int32Array, offset: number): number;
  descriptor(descriptor: number, words: Int32Array, offset: number): number;
}

/** The signed 64-bit value at `position`, exact up to 2^53. */
export function wideWord(words: Int32Array, position: number): number {
  return words[position + 1] * 2 ** 32 + (words[position] >>> 0);
}
