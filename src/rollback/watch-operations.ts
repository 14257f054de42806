// Makes sure that nothing is rolled back while a point is saved: it would hold a mixture.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { OperationEntry } from '../../store/operations/operation-entry.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import type { Session } from '../session.js';
import { requireIdle } from './begin-operation.js';

/**
 * Throws LOCKED or RECOVERY_NEEDED where an operation is under way now; so does the function that it answers with,
 * and STEP_CONFLICT where one has come and gone in between.
 */
export async function watchOperations(session: Session): Promise<() => Promise<void>> {
  await requireIdle(session);
  const last = (await readLast(session)).at(-1)?.number ?? 0;
  return async () => {
    await requireIdle(session);
    const changed = (await readLast(session)).find(({ number, kind }) => number > last && kind !== 'save');
    if (changed === undefined) return;
    throw new SavepointError(
      'STEP_CONFLICT',
      `A ${changed.kind} changed files while they were saved; no point was made of the mixture. Repeat the save.`,
      { fields: { operation: changed.id, kind: changed.kind } },
    );
  };
}

/** A log that can't be read tells of no operation. */
async function readLast(session: Session): Promise<OperationEntry[]> {
  try {
    return await openOperationLog(session.store).readLast(64);
  } catch (error) {
    if (isSavepointError(error, 'LOG_CORRUPT')) return [];
    throw error;
  }
}
