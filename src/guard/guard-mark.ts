// The mark that all processes of a guarded change inherit in their environment.
import type { OperationId } from '../../store/operations/operation-entry.js';

export const GUARD_VARIABLE = 'SAVEPOINT_GUARD';

export function guardMark(id: OperationId): string {
  return `${GUARD_VARIABLE}=${id}`;
}
