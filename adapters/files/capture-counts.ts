// What a capture has come across so far, for progress and for the point's own record.
import type { OpenDirectory } from './open-directory.js';
import { fileType, readLongWord, STATUS_WORDS, WORD } from './status-words.js';

export interface CaptureCounts {
  files: number;
  directories: number;
  /** The sum of the sizes of all regular files, each hard-linked one counted once. */
  bytes: number;
  /** Files that the stat cache vouched for. */
  unchangedFiles: number;
  /** Sockets, which hold no state and are left out. */
  sockets: number;
}

/** Takes files that could not be captured out of the counts. */
export function discountOmitted(counts: CaptureCounts, directory: OpenDirectory): void {
  for (const index of directory.omitted) {
    const at = index * STATUS_WORDS;
    const { words } = directory.seen;
    const type = fileType(words[at + WORD.mode]);
    if (type === 'socket' || type === 'directory') continue;
    counts.files--;
    const isFollower = directory.extras.get(index)?.link !== undefined;
    if (type === 'file' && !isFollower) counts.bytes -= readLongWord(words, at + WORD.size);
  }
}
