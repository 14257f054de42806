// Which files of a directory belong to a component, and which of these are looked at.
import type { ComponentDefinition } from './components.js';
import { compileExcludes } from './composition.js';

type Includes = (relativePath: string, name: string) => boolean;

/** Whether a file belongs to the component, and to `scope`; `undefined` where all do. */
export function includedBy(
  definition: ComponentDefinition,
  scope: readonly string[] | undefined,
): Includes | undefined {
  const conditions: Includes[] = [];
  if (definition.only !== undefined) conditions.push(withinScope(definition.only));
  if (scope !== undefined) conditions.push(withinScope(scope));
  const excluded = compileExcludes(definition.exclude ?? [], definition.origin);
  if (excluded !== undefined) conditions.push((path, name) => !excluded(path, name));
  if (conditions.length === 0) return undefined;
  return (path, name) => conditions.every((condition) => condition(path, name));
}

/** Whether a path is one of `scope`, below one of them, or on the way to one. */
export function withinScope(scope: readonly string[]): (relativePath: string) => boolean {
  if (scope.includes('')) return () => true;
  return (path) =>
    scope.some((wanted) => path === wanted || path.startsWith(`${wanted}/`) || wanted.startsWith(`${path}/`));
}
