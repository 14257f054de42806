// Where an attempt of an operation keeps what state adapters prepare: a directory of its own in the store, which the journal
// knows and which is gone when the operation is over.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { type AttemptContext, type JsonObject, removeEmptyDirectories } from '../composition.js';
import type { Attempt } from '../journal/journal-record.js';
import type { Session } from '../session.js';
import type { RollbackProblem } from './rollback-problem.js';

/** In the store's directory. */
const STAGING = 'staging';

export interface StateAttempt {
  readonly operation: OperationId;
  readonly attempt: Attempt;
}

/** The context of an adapter's calls for one component of an attempt. */
export function attemptContext(
  session: Session,
  { operation, attempt }: StateAttempt,
  component: {
    readonly name: string;
    readonly settings: JsonObject;
    readonly signal?: AbortSignal | undefined;
  },
): AttemptContext {
  const { name, settings, signal } = component;
  const directory = join(placeOf(session, { operation, attempt }), name);
  return {
    ...{ component: name, settings, attempt: `${operation}-${attempt}` },
    ...(attempt === 1 ? {} : { takesBack: `${operation}-1` }),
    staging() {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      return directory;
    },
    ...(signal === undefined ? {} : { signal }),
  };
}

/**
 * Takes away what components of an attempt have staged, by their adapters and then by itself. Repeatable. Answers what adapters
 * can't take away: that keeps nothing else from being done.
 */
export async function discardState(
  session: Session,
  at: StateAttempt,
  components: readonly { readonly name: string; readonly kind: string; readonly settings: JsonObject }[],
): Promise<RollbackProblem[]> {
  const problems: RollbackProblem[] = [];
  const place = placeOf(session, at);
  for (const { name, kind, settings } of components) {
    try {
      const adapter = await session.adapters.get(kind, name);
      await adapter.discard?.(attemptContext(session, at, { name, settings }));
    } catch (error) {
      if (!isSavepointError(error)) throw error;
      const message = `what was prepared could not be taken away: ${error.message}`;
      problems.push({ component: name, path: name, code: error.code, message });
    }
    // Those of other components may go on.
    rmSync(join(place, name), { recursive: true, force: true });
  }
  removeEmptyDirectories([place]);
  return problems;
}

function placeOf(session: Session, { operation, attempt }: StateAttempt): string {
  return join(session.location, STAGING, `${operation}-${attempt}`);
}
