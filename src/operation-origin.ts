// Who an operation is by, and its own id: random, as operations of several hosts may meet in one log.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { OperationId } from '../store/operations/operation-entry.js';
import { operatorName } from './operator-name.js';

export function operationOrigin(): {
  readonly id: OperationId;
  readonly user: string;
  readonly host: string;
} {
  return { id: createOperationId(), user: operatorName(), host: hostname() };
}

export function createOperationId(): OperationId {
  return randomBytes(16).toString('hex') as OperationId;
}
