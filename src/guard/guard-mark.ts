// The mark that all processes of a guarded change inherit in their environment. Changes may be guarded within each other, by
// several stores: it is a list.
import type { OperationId } from '../../store/operations/operation-entry.js';
import type { ProcessIdentity } from '../composition.js';

export const GUARD_VARIABLE = 'SAVEPOINT_GUARD';

/** What a command of the change has in its environment, besides what this process has. */
export function markedEnvironment(id: OperationId): NodeJS.ProcessEnv {
  const outer = process.env[GUARD_VARIABLE];
  return { ...process.env, [GUARD_VARIABLE]: outer ? `${outer},${id}` : id };
}

/** For what has to outlive the change. */
export function unmarkedEnvironment(): NodeJS.ProcessEnv {
  const { [GUARD_VARIABLE]: _, ...environment } = process.env;
  return environment;
}

export function guardMark(id: OperationId, root: ProcessIdentity | undefined) {
  return { variable: GUARD_VARIABLE, value: id, root };
}
