// A short look into something that may be gone, or closed to this user.
import { isSavepointError } from '../../store/errors.js';
import { closeDescriptor } from '../node/posix-directory.js';

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
