// Where an attempt of an operation keeps what state adapters prepare: a directory of its own in the store, which the journal
// knows and which is gone when the operation is over.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationId } from '../../store/operations/operation-entry.js';
import type { AttemptContext, JsonObject } from '../composition.js';
import type { Attempt } from '../journal/journal-record.js';
import type { Session } from '../session.js';

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
  const directory = join(session.location, STAGING, `${operation}-${attempt}`, name);
  return {
    ...{ component: name, settings, attempt: `${operation}-${attempt}` },
    staging() {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      return directory;
    },
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Takes away what the components of an attempt have staged, by their adapters and then by itself. Repeatable. */
export async function discardState(
  session: Session,
  at: StateAttempt,
  components: readonly { readonly name: string; readonly kind: string; readonly settings: JsonObject }[],
): Promise<void> {
  for (const { name, kind, settings } of components) {
    const adapter = await session.adapters.get(kind, name);
    await adapter.discard?.(attemptContext(session, at, { name, settings }));
  }
  if (components.length === 0) return;
  rmSync(join(session.location, STAGING, `${at.operation}-${at.attempt}`), { recursive: true, force: true });
}
