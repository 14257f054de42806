// Something that is wrong with a file of a store, and the objects that it makes unreadable.
import type { ErrorCode } from '../errors.js';
import type { ObjectId } from '../object-id.js';

export interface StoreProblem {
  readonly code: ErrorCode;
  /** Relative to the store. */
  readonly file: string;
  readonly message: string;
  /** Objects that only this file's damaged part is known to hold. */
  readonly lost: ReadonlySet<ObjectId>;
}
