// What a rollback reports of single files, and of the system as a whole.
import type { StateProblem } from '../composition.js';

/** Something that is not as it should be. */
export interface RollbackProblem {
  /** Missing where it is about the system as a whole. */
  readonly component?: string;
  /** The absolute path of a file; of a health check, what it looks at. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** What a state adapter, or a check of files, says of a component. */
export function problemOf(component: string, { object, code, message }: StateProblem): RollbackProblem {
  return { component, path: object, code, message };
}
