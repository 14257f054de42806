// Tells what is damaged or lost in a store from all other failures, for whoever can do without it and say so.
import { isSavepointError, type SavepointError } from '../store/errors.js';

/** Whether `error` says that an object can't be read, now and whenever it is tried again. */
export function isUnreadable(error: unknown): error is SavepointError {
  return isSavepointError(
    error,
    'OBJECT_MISSING',
    'OBJECT_CORRUPT',
    'BLOCK_CORRUPT',
    'PACK_CORRUPT',
    'PACK_MISSING',
    'STORE_NEWER',
  );
}
