// The order in which components are rolled back: what others depend on comes first, and among what is ready, what has
// priority, then critical components before others, then by name.
import { SavepointError } from '../../store/errors.js';
import { compareNames } from '../../store/names.js';

export interface Dependent {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly critical?: boolean;
  readonly category?: string;
}

/**
 * `priority` has names and categories, the first ones first. Throws USAGE, naming the circle, where components depend on
 * each other in one. Unknown names are passed over.
 */
export function orderComponents<T extends Dependent>(
  components: readonly T[],
  priority: readonly string[] = [],
): T[] {
  const rankOf = ({ name, category }: T) => {
    const at = priority.findIndex((each) => each === name || each === category);
    return at < 0 ? priority.length : at;
  };
  const waiting = new Map(components.map((component) => [component.name, component]));
  const ordered: T[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter(
      ({ dependsOn }) => !dependsOn.some((name) => waiting.has(name)),
    );
    if (ready.length === 0) throw circular(findCircle(waiting));
    ready.sort((left, right) => rankOf(left) - rankOf(right) || compareReady(left, right));
    ordered.push(ready[0]);
    waiting.delete(ready[0].name);
  }
  return ordered;
}

/** Components that stay as they are although one that they depend on is rolled back. */
export function dependantsLeftNewer(
  components: readonly Dependent[],
  selected: ReadonlySet<string>,
): string[] {
  const older = new Set(selected);
  const left: string[] = [];
  for (const { name, dependsOn } of orderComponents(components)) {
    if (selected.has(name) || !dependsOn.some((each) => older.has(each))) continue;
    older.add(name);
    left.push(name);
  }
  return left;
}

function compareReady(left: Dependent, right: Dependent): number {
  const [first, second] = [left.critical === true, right.critical === true];
  return first === second ? compareNames(left.name, right.name) : first ? -1 : 1;
}

/** From any component, following what it waits for must come back to where it was before. */
function findCircle(waiting: ReadonlyMap<string, Dependent>): string[] {
  const path: string[] = [];
  let name = [...waiting.keys()][0];
  while (!path.includes(name)) {
    path.push(name);
    name = waiting.get(name)?.dependsOn.find((each) => waiting.has(each)) as string;
  }
  return [...path.slice(path.indexOf(name)), name];
}

function circular(circle: readonly string[]): SavepointError {
  return new SavepointError(
    'USAGE',
    `Components depend on each other in a circle: ${circle.join(' after ')}. Take one of these out of its 'after'.`,
    { fields: { circle } },
  );
}
