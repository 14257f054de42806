// What a rollback reports of single files.

/** A file of a component that is not as it should be. The path is absolute. */
export interface RollbackProblem {
  readonly component: string;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}
