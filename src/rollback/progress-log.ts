// What other processes hear of an operation while it runs: its events as JSON Lines, in a file below cache/ that is worth
// nothing once it is over. Bounded: a file that is long gives way to one with the latest event of each kind and phase.
import type { OperationId } from '../../store/operations/operation-entry.js';
import { createTemporaryName, VolatileLines } from '../composition.js';
import type { Session } from '../session.js';
import type { RollbackProgress } from './rollback-progress.js';

/** A file begins with one of these. */
export interface ProgressLogHeader {
  readonly format: number;
  readonly operation: OperationId;
  /** The process that writes: numbers count from 1 in each, and who recovers an operation goes on with its log. */
  readonly process: string;
}

/** Then there is a line an event. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: RollbackProgress;
}

export const PROGRESS_LOG_FORMAT = 1;
const PREFIX = 'progress-';
const MOST_BYTES = 1 << 20;
/** Where a file can't be written it is tried again no sooner. */
const RETRY_MS = 1000;

export function progressLogPath({ location }: Session, operation: OperationId): string {
  return `${location}/cache/${PREFIX}${operation}.jsonl`;
}

export interface ProgressLog {
  /** Never throws for want of room or right: then nobody hears of the event. */
  append(event: RollbackProgress): void;
}

/** Begins the log of the operation that has the journal; those of others are over, and removed. */
export function openProgressLog(
  session: Session,
  operation: OperationId,
  nowMs: () => number = () => performance.now(),
): ProgressLog {
  const lines = new VolatileLines(progressLogPath(session, operation));
  lines.removeOthers(PREFIX);
  const header: ProgressLogHeader = {
    format: PROGRESS_LOG_FORMAT,
    operation,
    process: createTemporaryName(),
  };
  const latest = new Map<string, string>();
  let number = 0;
  let isOpen = false;
  let retryAtMs = Number.NEGATIVE_INFINITY;
  return {
    append(event) {
      const line = JSON.stringify({ number: ++number, event } satisfies NumberedEvent);
      // The latest comes last: their numbers go up.
      latest.delete(keyOf(event));
      latest.set(keyOf(event), line);
      const sizeBytes = isOpen ? lines.append(line) : undefined;
      if (sizeBytes !== undefined && sizeBytes < MOST_BYTES) return;
      if (!isOpen && nowMs() < retryAtMs) return;
      isOpen = lines.replace([JSON.stringify(header), ...latest.values()]);
      retryAtMs = nowMs() + RETRY_MS;
    },
  };
}

function keyOf({ kind, phase }: RollbackProgress): string {
  return `${kind} ${phase}`;
}
