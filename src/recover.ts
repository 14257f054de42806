// Finishes what a crash left: first the operation in the journal, then a change that was guarded and is not confirmed.
import { checkAborted } from '../store/errors.js';
import { type RecoveredGuard, recoverGuard } from './guard/recover-guard.js';
import {
  type RecoverResult as RecoveredOperation,
  type RecoverOptions,
  recover as recoverOperation,
} from './rollback/recover.js';
import type { Session } from './session.js';

export interface RecoverResult extends RecoveredOperation {
  /** The guarded change that was ended; missing where there was none, or others see to it. */
  readonly guard?: RecoveredGuard;
}

/**
 * Throws LOCKED while the operation's process lives, JOURNAL_CORRUPT, LOG_CORRUPT, ABORTED before anything is taken over, and what
 * reading objects throws.
 */
export async function recover(session: Session, options: RecoverOptions = {}): Promise<RecoverResult> {
  const operation = await recoverOperation(session, options);
  // An operation that was finished just now may have been the way back of the guarded change: then both are told.
  if (operation.did === 'nothing') checkAborted(options.signal);
  const guard = await recoverGuard(session, operation);
  return guard === undefined ? operation : { ...operation, guard };
}
