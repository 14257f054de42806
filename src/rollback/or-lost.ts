// On a way back, what fails for the state of one component keeps nothing else from going back: that state stays, and is named.
import { isSavepointError } from '../../store/errors.js';
import type { RollbackProblem } from './rollback-problem.js';

/** What `work` answers; `undefined` where it fails and `onLost` heard why. Where that is missing, it is thrown. */
export async function orLost<T>(
  component: string,
  onLost: ((problem: RollbackProblem) => void) | undefined,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (onLost === undefined || !isSavepointError(error)) throw error;
    const message = `its state could not be put back: ${error.message}`;
    onLost({ component, path: component, code: error.code, message });
    return undefined;
  }
}
