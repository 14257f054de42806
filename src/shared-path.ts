// A component that is limited to some paths has directories on the way to them that hold more than the component: what
// these are themselves is none of its business.
import { parentsOf } from './capture-scope.js';

/** Whether `path` only leads to what is in the component; '' is its origin. `only` is missing where the component is all. */
export function isSharedPath(path: string, only: readonly string[] | undefined): boolean {
  if (only === undefined) return false;
  const wanted = sets.get(only) ?? new Set(only);
  sets.set(only, wanted);
  return !wanted.has(path) && ![...parentsOf(path)].some((parent) => wanted.has(parent));
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();
