// Reads the events of an operation that another process carries out, each once, in their order.

import { SavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { parseJson } from '../../store/parse-json.js';
import { VolatileLinesReader } from '../composition.js';
import type { Session } from '../session.js';
import {
  type NumberedEvent,
  PROGRESS_LOG_FORMAT,
  type ProgressLogHeader,
  progressLogPath,
} from './progress-log.js';
import type { RollbackProgress } from './rollback-progress.js';

export class ProgressLogReader {
  private readonly lines: VolatileLinesReader;
  private process = '';
  private number = 0;

  constructor(session: Session, operation: OperationId) {
    this.lines = new VolatileLinesReader(progressLogPath(session, operation));
  }

  /** What is new since the last call. Throws STORE_NEWER, STORAGE_FAILED. */
  read(): RollbackProgress[] {
    const events: RollbackProgress[] = [];
    for (const line of this.lines.read()) {
      const record = parse(line);
      if (record === undefined) continue;
      if ('format' in record) this.begin(record);
      else if (record.number > this.number) {
        this.number = record.number;
        events.push(record.event);
      }
    }
    return events;
  }

  close(): void {
    this.lines.close();
  }

  private begin({ format, process }: ProgressLogHeader): void {
    if (format > PROGRESS_LOG_FORMAT) {
      throw new SavepointError(
        'STORE_NEWER',
        'The operation is carried out by a newer version: update savepoint to follow it.',
        { fields: { found: format, expected: PROGRESS_LOG_FORMAT } },
      );
    }
    if (process !== this.process) this.number = 0;
    this.process = process;
  }
}

/** A line that is damaged is worth nothing, as all that is below cache/. */
function parse(line: string): ProgressLogHeader | NumberedEvent | undefined {
  try {
    return parseJson(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
