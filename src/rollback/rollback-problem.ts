// What a rollback reports of single files, and of the system as a whole.

/** Something that is not as it should be. */
export interface RollbackProblem {
  /** Missing where it is about the system as a whole. */
  readonly component?: string;
  /** The absolute path of a file; of a health check, what it looks at. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}
