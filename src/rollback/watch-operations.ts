// Makes sure that nothing is rolled back while a point is saved: it would hold a mixture.
import { SavepointError } from '../../store/errors.js';
import { STORE_OPERATIONS } from '../../store/operations/operation-entry.js';
import type { Session } from '../session.js';
import { requireIdle } from './begin-operation.js';
import { readRecent } from './recent-operations.js';

/**
 * Throws LOCKED or RECOVERY_NEEDED where an operation is under way now; so does the function that it answers with,
 * and STEP_CONFLICT where one has come and gone in between.
 */
export async function watchOperations(session: Session): Promise<() => Promise<void>> {
  await requireIdle(session);
  const last = (await readRecent(session)).at(-1)?.number ?? 0;
  return async () => {
    await requireIdle(session);
    const changed = (await readRecent(session)).find(
      ({ number, kind }) => number > last && !STORE_OPERATIONS.includes(kind),
    );
    if (changed === undefined) return;
    throw new SavepointError(
      'STEP_CONFLICT',
      `A ${changed.kind} changed files while they were saved; no point was made of the mixture. Repeat the save.`,
      { fields: { operation: changed.id, kind: changed.kind } },
    );
  };
}
