// Compares what a point holds with another state of the same components and says, as plain data, what turns the one
// into the other, component by component in the order in which it is done.
import { SavepointError } from '../../store/errors.js';
import { compareNames } from '../../store/names.js';
import { type DirectoryIds, type Expectation, type RestoreStep, statPath } from '../composition.js';
import { type Change, diffTrees } from '../diff.js';
import { nearestNames } from '../nearest-names.js';
import { planRestore } from '../plan-restore.js';
import type { PointRecord } from '../point-record.js';
import type { PointComponent, TreeContext } from '../point-tree.js';
import { requireNamedProblems, unsavedPaths } from '../unsaved-paths.js';
import { dependantsLeftNewer, orderComponents } from './order-components.js';

/** What is done to one component. Paths are relative to `root`. */
export interface ComponentPlan {
  readonly component: string;
  readonly root: string;
  readonly steps: readonly RestoreStep[];
  /** Files that are left alone though the point doesn't have them: it could not save what was there. */
  readonly kept: readonly string[];
  /** What stands now where something is done, by path. */
  readonly expected: ReadonlyMap<string, Expectation>;
  /** Whether the component is some of the paths in `root` only. */
  readonly isLimited: boolean;
}

export interface PlannedComponent {
  readonly component: PointComponent;
  /** The absolute path that it is rolled back at. */
  readonly root: string;
}

/** Which of a point's components are meant, in the order in which they are done, and which are left newer than these. */
export function selectComponents(
  components: ReadonlyMap<string, PointComponent>,
  names: readonly string[] | undefined,
  priority: readonly string[] = [],
): { selected: PointComponent[]; leftNewer: string[] } {
  const all = [...components.values()].map((component) => ({ ...component, ...component.record }));
  const wanted = new Set(
    names === undefined ? components.keys() : names.flatMap((name) => resolve(components, name)),
  );
  const leftNewer = dependantsLeftNewer(all, wanted).sort(compareNames);
  const selected = orderComponents(
    all.filter(({ name }) => wanted.has(name)),
    priority,
  );
  return { selected: selected.map(({ name }) => components.get(name) as PointComponent), leftNewer };
}

/** A component's name, or a category, which means all components of it. */
function resolve(components: ReadonlyMap<string, PointComponent>, text: string): string[] {
  if (components.has(text)) return [text];
  const ofCategory = [...components.values()].filter(({ record }) => record.category === text);
  if (ofCategory.length > 0) return ofCategory.map(({ record }) => record.name);
  const known = [...components.keys()];
  const nearest = nearestNames(text, known);
  const hint = nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}?` : `It has ${known.join(', ')}.`;
  throw new SavepointError('COMPONENT_NOT_FOUND', `The point has no component '${text}'. ${hint}`, {
    fields: { component: text, nearest },
  });
}

/** What turns the state `from` of a component into what the point holds. `from` is missing where nothing is there. */
export async function planComponent(
  target: PlannedComponent,
  states: {
    readonly from: { readonly context: TreeContext; readonly ids: DirectoryIds | undefined };
    readonly to: TreeContext;
    readonly record: PointRecord;
  },
): Promise<ComponentPlan> {
  const { component, root } = target;
  const expected = new Map<string, Expectation>();
  requireNamedProblems(states.record, 'a rollback might remove them. Restore single paths instead.');
  const changes = diffTrees({ before: states.from, after: { context: states.to, ids: component.ids } });
  const plan = await planRestore(noting(changes, expected), {
    scope: [''],
    delete: true,
    unsaved: unsavedPaths(states.record, component.record),
    only: component.record.only,
    root,
    // What could not be read is in no safety point, and is not replaced. A socket holds nothing.
    typeAt: (path) => (statPath(path) === 'socket' ? 'socket' : undefined),
  });
  const isLimited = component.record.only !== undefined;
  return { component: component.record.name, root, ...plan, expected, isLimited };
}

async function* noting(
  changes: AsyncIterable<Change>,
  expected: Map<string, Expectation>,
): AsyncGenerator<Change> {
  for await (const change of changes) {
    expected.set(change.path, { attributes: change.before?.attributes, id: change.before?.id });
    yield change;
  }
}
