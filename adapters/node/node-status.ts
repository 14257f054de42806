// The status words by way of node:fs, where the C library can't be used: the same values, at a higher price.
import { type BigIntStats, fstatSync, lstatSync } from 'node:fs';
import { fromNativeDevice, packDevice } from './device-number.js';
import { errnoOf } from './posix-error.js';
import { pathForNode } from './posix-place.js';
import * as layout from './status-layout.js';

export const NODE_STATUS_READER: layout.StatusReader = {
  entry: (entry, words, offset) => {
    const path = pathForNode(entry);
    return readInto(words, offset, () => lstatSync(path, { bigint: true }));
  },
  descriptor: (descriptor, words, offset) =>
    readInto(words, offset, () => fstatSync(descriptor, { bigint: true })),
};

function readInto(words: Int32Array, offset: number, read: () => BigIntStats): number {
  let status: BigIntStats;
  try {
    status = read();
  } catch (error) {
    return errnoOf(error);
  }
  writeStatus(status, words, offset);
  return 0;
}

function writeStatus(status: BigIntStats, words: Int32Array, offset: number): void {
  words[offset + layout.MODE_WORD] = Number(status.mode);
  words[offset + layout.LINK_COUNT_WORD] = Number(status.nlink);
  words[offset + layout.USER_ID_WORD] = Number(status.uid);
  words[offset + layout.GROUP_ID_WORD] = Number(status.gid);
  writeWide(words, offset + layout.INODE_LOW_WORD, status.ino);
  writeWide(words, offset + layout.SIZE_LOW_WORD, status.size);
  const modified = splitTime(status.mtimeNs);
  writeWide(words, offset + layout.MODIFIED_SECONDS_LOW_WORD, modified.seconds);
  words[offset + layout.MODIFIED_NANOSECONDS_WORD] = modified.nanoseconds;
  const changed = splitTime(status.ctimeNs);
  writeWide(words, offset + layout.CHANGED_SECONDS_LOW_WORD, changed.seconds);
  words[offset + layout.CHANGED_NANOSECONDS_WORD] = changed.nanoseconds;
  words[offset + layout.NODE_DEVICE_WORD] = packNative(status.rdev);
  words[offset + layout.DEVICE_WORD] = packNative(status.dev);
  writeWide(words, offset + layout.BLOCKS_LOW_WORD, status.blocks);
}

function writeWide(words: Int32Array, position: number, value: bigint): void {
  words[position] = Number(BigInt.asIntN(32, value));
  words[position + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Nanoseconds count up from the second before, in times before 1970 too. */
function splitTime(time: bigint): { seconds: bigint; nanoseconds: number } {
  const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { seconds: (time - nanoseconds) / 1_000_000_000n, nanoseconds: Number(nanoseconds) };
}

function packNative(device: bigint): number {
  return packDevice(fromNativeDevice(Number(device)));
}
