// What is kept of work that is over by then: that there is no room for it, or that the store can only be read, undoes nothing.
import { isSavepointError } from '../store/errors.js';

/** What `work` answers; `undefined` where the store takes nothing more: then it is done without. Throws all else that `work` does. */
export async function unlessUnwritable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isSavepointError(error, 'STORAGE_FULL', 'STORAGE_FAILED', 'STORE_READ_ONLY')) throw error;
    return undefined;
  }
}
