// What is told of an operation while it runs, told apart by `kind`.
import type { RollbackProgress } from './rollback-progress.js';

export type OperationEvent = RollbackProgress;
