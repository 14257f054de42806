// What is kept of work that is over by then: that there is no room for it, or that the store can only be read, undoes nothing.
import { isSavepointError } from '../store/errors.js';

/** Does `work`, and does without it where the store takes nothing more. Throws all else that `work` does. */
export async function unlessUnwritable(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isSavepointError(error, 'STORAGE_FULL', 'STORAGE_FAILED', 'STORE_READ_ONLY')) throw error;
  }
}
