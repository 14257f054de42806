// The patch of one change, where it may be too long for one.
import { type FileChange, isSavepointError, type Savepoint } from '../index.js';
import type { CommandContext } from './command.js';
import type { ShownProblem } from './report-problems.js';

export interface PatchMeans {
  readonly context: CommandContext;
  readonly savepoint: Savepoint;
  readonly signal: AbortSignal;
  /** Told of each content that is longer than a patch takes. */
  readonly onProblem: (problem: ShownProblem) => void;
}

/** As the flags ask for it; `undefined` where its content is not text, or is longer than a patch takes, which is told. */
export async function readPatch(
  { context, savepoint, onProblem }: PatchMeans,
  change: FileChange,
): Promise<string | undefined> {
  if (!context.options.has('binary')) return savepoint.patch(change);
  try {
    return await savepoint.patch(change, { binary: 'whole' });
  } catch (error) {
    if (!isSavepointError(error, 'UNSUPPORTED')) throw error;
    onProblem({ path: change.livePath, message: error.message });
    return undefined;
  }
}
