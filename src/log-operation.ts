// Enters operations that need no journal into the operation log: they are over when they are logged.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type {
  LoggedPoint,
  OperationId,
  OperationKind,
  OperationOutcome,
} from '../store/operations/operation-entry.js';
import { openOperationLog } from '../store/operations/operation-log.js';
import { operatorName } from './operator-name.js';
import type { Session } from './session.js';

export async function logDone(
  session: Session,
  operation: {
    readonly kind: OperationKind;
    readonly startedAt: Date;
    readonly command: readonly string[];
    readonly components: readonly string[];
    readonly outcome: OperationOutcome;
    readonly after?: LoggedPoint;
    readonly message?: string;
  },
): Promise<void> {
  const { startedAt, ...rest } = operation;
  await openOperationLog(session.store).append({
    ...{ id: randomBytes(16).toString('hex') as OperationId, startedAt: startedAt.toISOString() },
    ...{
      seconds: Math.max(0, Date.now() - startedAt.getTime()) / 1000,
      user: operatorName(),
      host: hostname(),
    },
    ...rest,
  });
}
