// How far an operation has come: plain data, for whoever watches, in this process or in another one.
import type { OperationId, OperationOutcome } from '../../store/operations/operation-entry.js';

/** What is being done. An operation goes through these in this order, through each at most once. */
export type RollbackPhase =
  /** What the rollback needs is looked for: validators that parse, roots to put files into. */
  | 'preflight'
  /** The state before is saved. */
  | 'safety-point'
  /** What differs is worked out, and where all content for it stands. A dry run does nothing else. */
  | 'planning'
  /** New content is written beside its targets, and synced. */
  | 'staging'
  /** The last look at the targets, and the record that decides. Until then nothing that is visible has changed. */
  | 'deciding'
  /** Steps are carried out: from here on the operation is only finished. */
  | 'applying'
  /** What was touched is read again. */
  | 'verifying'
  /** The components' own checks are run. */
  | 'validating'
  /** The system's health checks are waited for. */
  | 'health'
  /** The target was not reached: all of the above, back to the safety point. */
  | 'reverting'
  /** The operation is over, and in the log. */
  | 'ended';

/** One look at an operation under way. */
export interface RollbackProgress {
  readonly kind: 'progress';
  readonly operation: OperationId;
  readonly phase: RollbackPhase;
  /** Of the whole operation: 0 to 100, never less than before, and 100 only at the end. */
  readonly percent: number;
  /** The component that is worked on. */
  readonly component?: string;
  /** The file that is worked on, or was last: an absolute path. */
  readonly path?: string;
  /** What this phase has done so far, and has to do: the latter is missing where it is not known. */
  readonly files: number;
  readonly totalFiles?: number;
  readonly bytes: number;
  readonly totalBytes?: number;
  /** By the rate so far; missing until that says anything. */
  readonly secondsLeft?: number;
  /** How it ended: with the phase `ended` only. */
  readonly outcome?: OperationOutcome;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export type ProgressListener = (progress: RollbackProgress) => void;

/** So many files, and bytes in them. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}
