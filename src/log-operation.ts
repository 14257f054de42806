// Enters operations that need no journal into the operation log: they are over when they are logged.
import type { LoggedPoint, OperationKind, OperationOutcome } from '../store/operations/operation-entry.js';
import { openOperationLog } from '../store/operations/operation-log.js';
import { operationOrigin } from './operation-origin.js';
import type { Session } from './session.js';

export async function logDone(
  session: Session,
  operation: {
    readonly kind: OperationKind;
    readonly startedAt: Date;
    readonly command: readonly string[];
    readonly components: readonly string[];
    readonly outcome: OperationOutcome;
    readonly before?: LoggedPoint | undefined;
    readonly after?: LoggedPoint;
    readonly message?: string;
  },
): Promise<void> {
  const { startedAt, before, ...rest } = operation;
  await openOperationLog(session.store).append({
    ...{ ...operationOrigin(), startedAt: startedAt.toISOString() },
    seconds: Math.max(0, Date.now() - startedAt.getTime()) / 1000,
    ...(before === undefined ? {} : { before }),
    ...rest,
  });
}
