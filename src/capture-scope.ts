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
  const { only, exact } = definition;
  if (only !== undefined) conditions.push(exact === true ? exactly(only) : withinScope(only));
  if (scope !== undefined) conditions.push(withinScope(scope));
  const excluded = compileExcludes(definition.exclude ?? [], definition.origin);
  if (excluded !== undefined) conditions.push((path, name) => !excluded(path, name));
  if (conditions.length === 0) return undefined;
  return (path, name) => conditions.every((condition) => condition(path, name));
}

/** Whether a path is one of `paths`, or on the way to one. */
function exactly(paths: readonly string[]): (relativePath: string) => boolean {
  const all = new Set(paths.flatMap((path) => [path, ...parentsOf(path)]));
  return (path) => all.has(path);
}

/** Whether a path is one of `scope`, below one of them, or on the way to one. */
export function withinScope(scope: readonly string[]): (relativePath: string) => boolean {
  const wanted = new Set(scope);
  if (wanted.has('')) return () => true;
  const ways = new Set(scope.flatMap((path) => [...parentsOf(path)]));
  return (path) =>
    wanted.has(path) || ways.has(path) || [...parentsOf(path)].some((parent) => wanted.has(parent));
}

/** The directories on the way to a relative path, the nearest first, without the root. */
export function* parentsOf(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    yield path.slice(0, end);
}
