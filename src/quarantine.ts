// What was tried and had to be taken back is not tried again on the same state without being asked for. The operation log
// says what that was: the last attempt counts.
import { createHash } from 'node:crypto';
import { isSavepointError, SavepointError } from '../store/errors.js';
import type { OperationEntry } from '../store/operations/operation-entry.js';
import { openOperationLog } from '../store/operations/operation-log.js';
import { readRecent } from './rollback/recent-operations.js';
import type { Session } from './session.js';

/** Equal for equal parts: 64 hexadecimal digits. */
export function fingerprintOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Throws QUARANTINED where the last attempt with this fingerprint was taken back for what it led to. */
export async function requireUnquarantined(session: Session, fingerprint: string): Promise<void> {
  // One that was called off or cut short says nothing.
  const last = (await readAll(session)).findLast(
    ({ fingerprint: found, outcome, quarantined }) =>
      found === fingerprint && (quarantined === true || outcome === 'done'),
  );
  if (last?.quarantined === true) throw quarantined(last);
}

/** A log that is damaged keeps nobody from working. */
async function readAll(session: Session): Promise<OperationEntry[]> {
  try {
    return await openOperationLog(session.store).read();
  } catch (error) {
    if (isSavepointError(error, 'LOG_CORRUPT')) return readRecent(session);
    throw error;
  }
}

function quarantined({ number, startedAt, message = '', id }: OperationEntry): SavepointError {
  return new SavepointError(
    'QUARANTINED',
    `This was tried on the same state at ${startedAt} (operation ${number}) and had to be taken back: ${message}. Nothing was changed now. If the cause is gone, add --force.`,
    { fields: { operation: id, startedAt } },
  );
}
