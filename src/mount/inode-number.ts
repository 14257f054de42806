// Inode numbers: a hash of what identifies a file, so that all names of it have the same, in every mount. They have 53 bits,
// which every program can take; of a million files, two of different content share one with a probability of 1 in 20,000.

export interface InodeNumber {
  readonly inodeLow: number;
  readonly inodeHigh: number;
}

const HIGH_BITS = 0x1fffff;

/** Two multiplicative hashes, each mixed with the other at the end (cyrb53). */
export function inodeNumber(file: string): InodeNumber {
  let first = 0xdeadbeef;
  let second = 0x41c6ce57;
  for (let at = 0; at < file.length; at++) {
    const unit = file.charCodeAt(at);
    first = Math.imul(first ^ unit, 2654435761);
    second = Math.imul(second ^ unit, 1597334677);
  }
  first = Math.imul(first ^ (first >>> 16), 2246822507) ^ Math.imul(second ^ (second >>> 13), 3266489909);
  second = Math.imul(second ^ (second >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909);
  return { inodeLow: first >>> 0, inodeHigh: (second >>> 0) & HIGH_BITS };
}
