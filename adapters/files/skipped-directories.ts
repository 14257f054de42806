// Directories that are never captured, the store above all: known by what they are, not by how their paths are spelt. A
// store that was taken for a part of a component would be saved into itself, and removed by a rollback.

import { closeSync, openSync } from 'node:fs';
import { readDescriptorStatus } from '../node/posix-status.js';
import { nodePath } from './node-path.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';

export class SkippedDirectories {
  private readonly identities: readonly Int32Array[];

  /** `paths` are absolute, and may lead through symbolic links; those that lead nowhere are passed over. */
  constructor(paths: Iterable<string>) {
    this.identities = [...paths].map(findIdentity).filter((words) => words !== undefined);
  }

  /** Whether the file whose status is at `at` of `words` is one of them. */
  has(words: Int32Array, at: number): boolean {
    if (this.identities.length === 0 || fileType(words[at + WORD.mode]) !== 'directory') return false;
    return this.identities.some((identity) =>
      [WORD.inode, WORD.inode + 1, WORD.device].every((word) => identity[word] === words[at + word]),
    );
  }
}

/** Of what is at the end of `path`, symbolic links followed. */
function findIdentity(path: string): Int32Array | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(nodePath(path), 'r');
  } catch {
    return undefined;
  }
  try {
    const words = new Int32Array(STATUS_WORDS);
    return readDescriptorStatus(descriptor, words, 0) === 0 ? words : undefined;
  } finally {
    closeSync(descriptor);
  }
}
