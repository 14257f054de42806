// What is told of an operation while it runs, told apart by `kind`.
import type { GuardEvent } from '../guard/guard-events.js';
import type { RollbackProgress } from './rollback-progress.js';

export type OperationEvent = RollbackProgress | GuardEvent;
