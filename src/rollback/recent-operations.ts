// The last entries of the operation log, for who asks whether something has happened. A log that is damaged tells of
// nothing: it must keep nobody from saving, or from finishing what was begun.
import { isSavepointError } from '../../store/errors.js';
import type { OperationEntry } from '../../store/operations/operation-entry.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import type { Session } from '../session.js';

const MOST = 64;

export async function readRecent(session: Session): Promise<OperationEntry[]> {
  try {
    return await openOperationLog(session.store).readLast(MOST);
  } catch (error) {
    if (isSavepointError(error, 'LOG_CORRUPT')) return [];
    throw error;
  }
}
