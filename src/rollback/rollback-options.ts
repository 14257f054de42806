// What can be asked of a rollback.
import type { OperationId, OperationKind } from '../../store/operations/operation-entry.js';
import type { Configuration } from '../configuration/configuration.js';
import type { PatientHealthCheck } from '../health/wait-for-health.js';
import type { ProgressMeter } from './progress-meter.js';
import type { ProgressListener } from './rollback-progress.js';

export interface RollbackOptions {
  /** Names or categories of components; all of the point's where this is missing. */
  readonly components?: readonly string[];
  /** What holds for its components in place of what the point recorded. */
  readonly configuration?: Configuration;
  /** Checks besides those of the configuration; those that hold before the rollback have to hold after it. */
  readonly health?: readonly PatientHealthCheck[];
  /** Names or categories that go first, as far as dependencies leave a choice; the configuration's unless set. */
  readonly priority?: readonly string[];
  /** Components with data, those of the category database, go back, too; else they stay as they are. */
  readonly withData?: boolean;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** Go to a state even if the last rollback to the same had to be taken back. */
  readonly force?: boolean;
  /** Do what the point itself says is to be run, though it was not made in this store. */
  readonly trust?: boolean;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  /** Hears how far it has come. What it throws ends the listening, and is thrown once the rollback is over. */
  readonly onProgress?: ProgressListener;
  /** Before the decision an abort leaves everything as it was; after it the rollback is finished. */
  readonly signal?: AbortSignal;
}

/** What only our own code says of a rollback. */
export interface InnerRollbackOptions extends RollbackOptions {
  readonly kind?: Extract<OperationKind, 'rollback' | 'undo' | 'redo'>;
  readonly undoes?: OperationId;
  /** The guarded change that it takes back. */
  readonly guard?: OperationId;
  /** Who watches, and the operation's id. */
  readonly meter?: ProgressMeter;
  /** What others changed since the safety point is set aside, and stops nothing. */
  readonly displaceConflicts?: boolean;
  /** Have a component that can't be swapped go back file by file. An undo does so anyway. */
  readonly swapIfPossible?: boolean;
}

/** What an undo goes back to was there, be it sound or not; and so was what a guarded change goes back to. */
export function isForward({ kind = 'rollback', guard }: InnerRollbackOptions): boolean {
  return kind === 'rollback' && guard === undefined;
}
