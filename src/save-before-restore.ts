// Saves what a restore in place is going to change, so that it can be undone: the files that are concerned, and nothing else.
import type { LoggedPoint } from '../store/operations/operation-entry.js';
import type { ComponentDefinition } from './components.js';
import { type RestoreStep, statPath } from './composition.js';
import { save } from './save.js';
import type { Session } from './session.js';
import { unlessUnwritable } from './unless-unwritable.js';

/** What is going to be done in one component. Paths are relative to the definition's origin. */
export interface ChangedComponent {
  readonly definition: ComponentDefinition;
  readonly steps: readonly Pick<RestoreStep, 'path'>[];
}

/** Of more files, the component is looked at as a whole: the names alone would take a megabyte. */
const MOST_NAMED = 10_000;

/**
 * Answers the safety point; `undefined` where nothing is going to change, or the store takes nothing: a restore is wanted all
 * the more then. Throws what `save` throws.
 */
export async function saveBeforeRestore(
  session: Session,
  changed: readonly ChangedComponent[],
  { name, signal }: { readonly name: string; readonly signal?: AbortSignal | undefined },
): Promise<LoggedPoint | undefined> {
  const definitions = joined(changed)
    .filter(({ definition, steps }) => steps.length > 0 && statPath(definition.origin) === 'directory')
    .map(limited);
  if (definitions.length === 0) return undefined;
  const saved = await unlessUnwritable(() =>
    save(session, definitions, {
      message: `Before restore of ${name}`,
      trigger: 'restore',
      ...{ isSafetyPoint: true, isPartial: true },
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  return saved && { name: saved.point.name, id: saved.point.id };
}

/** All that is done in a component, in one. */
function joined(changed: readonly ChangedComponent[]): ChangedComponent[] {
  const all = new Map<string, ChangedComponent>();
  for (const { definition, steps } of changed) {
    const { steps: others = [] } = all.get(definition.name) ?? {};
    all.set(definition.name, { definition, steps: [...others, ...steps] });
  }
  return [...all.values()];
}

/** What is written elsewhere meanwhile is none of it. */
function limited({ definition, steps }: ChangedComponent): ComponentDefinition {
  const only = [...new Set(steps.map(({ path }) => path))];
  return only.length > MOST_NAMED ? definition : { ...definition, only, exact: true };
}
