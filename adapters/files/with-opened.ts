// A short look into something that may be gone, or closed to this user.
import { isSavepointError } from '../../store/errors.js';
import { closeDescriptor } from '../node/posix-directory.js';
import type { Entry } from '../node/posix-place.js';
import { openForReading } from './read-stable.js';

/** What `work` answers of the descriptor that `open` gives; `undefined` where that can't be opened. */
export function withOpened<T>(open: () => number, work: (descriptor: number) => T): T | undefined {
  let descriptor: number;
  try {
    descriptor = open();
  } catch (error) {
    if (isSavepointError(error)) return undefined;
    throw error;
  }
  try {
    return work(descriptor);
  } finally {
    closeDescriptor(descriptor);
  }
}

/** Whether `test` answers so of what is in a file; of one that can't be read, nothing is true. */
export function isTrueOfFile(entry: Entry, test: (descriptor: number) => boolean): boolean {
  return withOpened(() => openForReading(entry), test) ?? false;
}
