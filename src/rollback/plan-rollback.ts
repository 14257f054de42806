// Compares what a point holds with another state of the same components and says, as plain data, what turns the one
// into the other, component by component in the order in which it is done.
import { SavepointError } from '../../store/errors.js';
import { compareNames } from '../../store/names.js';
import { type Expectation, hasXattrCalls, joinPath, type RestoreStep, statPath } from '../composition.js';
import { type Change, diffTrees, sideOfPoint } from '../diff.js';
import { withoutDocuments } from '../live-path.js';
import { nearestNames } from '../nearest-names.js';
import { planRestore } from '../plan-restore.js';
import type { PointRecord } from '../point-record.js';
import type { PointComponent } from '../point-tree.js';
import { withSidecars } from '../sidecar-steps.js';
import type { StateAdapters } from '../state/state-adapters.js';
import type { DocumentSource } from '../state/state-reader.js';
import { requireNamedProblems, unsavedPaths } from '../unsaved-paths.js';
import { keepLive } from './keep-live.js';
import { orLost } from './or-lost.js';
import { dependantsLeftNewer, orderComponents } from './order-components.js';
import { type ComponentStatePlan, planState, type StateSide } from './plan-state.js';
import type { RollbackProblem } from './rollback-problem.js';

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
  /** Contents of steps in which something stays as it is live, by relative path. */
  readonly merged: ReadonlyMap<string, Uint8Array>;
  /** What could not be left as it is live, in words. */
  readonly notes: readonly string[];
  /** What is done besides, where a state adapter has the component. */
  readonly state?: ComponentStatePlan;
  /** The components that change files which are this one's as well. */
  readonly leftTo?: readonly string[];
}

/** Whether anything of it changes. */
export function isChanged({ steps, state, leftTo = [] }: ComponentPlan): boolean {
  return steps.length > 0 || (state?.steps.length ?? 0) > 0 || leftTo.length > 0;
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
    readonly from: StateSide & {
      readonly only?: readonly string[] | undefined;
      /** Where its documents are, if not there. */
      readonly documents?: StateSide | undefined;
    };
    readonly to: DocumentSource;
    readonly record: PointRecord;
    readonly adapters: StateAdapters;
    /** The names of components that change, of those that come before this one. */
    readonly changed: ReadonlySet<string>;
    /** Absolute paths, and `PATH#KEY`, that stay as they are live. */
    readonly neverRevert: readonly string[];
    /** Hears why the state of a component stays as it is; where this is missing, that is thrown. */
    readonly onLost?: ((problem: RollbackProblem) => void) | undefined;
  },
): Promise<ComponentPlan> {
  const { component, root } = target;
  const { name, dependsOn, settings } = component.record;
  const expected = new Map<string, Expectation>();
  requireNamedProblems(states.record, 'a rollback might remove them. Restore single paths instead.');
  const to = { context: states.to, ids: component.ids };
  const changes = diffTrees({
    before: { ...states.from, withoutXattrs: !hasXattrCalls() },
    after: sideOfPoint(states.to, component),
  });
  // Files that belonged to the component at either time are its own.
  const only = joinLimits(component.record.only, states.from.only, settings !== undefined);
  const restored = await planRestore(
    noting(settings === undefined ? changes : withoutDocuments(changes), expected),
    {
      scope: [''],
      delete: true,
      unsaved: unsavedPaths(states.record, component.record),
      only,
      root,
      // What could not be read is in no safety point, and is not replaced. A socket holds nothing.
      typeAt: (path) => (statPath(path) === 'socket' ? 'socket' : undefined),
    },
  );
  const left = await keepLive(restored.steps, { root, to: states.to, neverRevert: states.neverRevert });
  const plan = takeSidecars({ ...left, kept: restored.kept }, root, expected);
  const files = {
    ...{ component: name, root },
    ...plan,
    expected,
    isLimited: only !== undefined,
  };
  if (settings === undefined) return files;
  const change = {
    ...{ from: states.from.documents ?? states.from, to },
    files: plan.steps.map(({ path }) => joinPath(root, path)),
    dependencies: dependsOn.filter((each) => states.changed.has(each)),
  };
  const state = await orLost(name, states.onLost, () => planState(component.record, states.adapters, change));
  return state === undefined ? files : { ...files, state, notes: [...files.notes, ...(state.notes ?? [])] };
}

/** Has what SQLite keeps beside files go with them, and `expected` know of it. */
function takeSidecars<T extends Parameters<typeof withSidecars>[0] & Pick<ComponentPlan, 'notes'>>(
  plan: T,
  root: string,
  expected: Map<string, Expectation>,
): T {
  const { contents, databases, ...going } = withSidecars(plan, root);
  for (const { path, attributes } of contents)
    expected.set(path, { attributes, id: undefined, isPart: true });
  // The content that was compared is that of several files.
  for (const path of databases)
    expected.set(path, { attributes: expected.get(path)?.attributes, id: undefined });
  const inUse = databases.map(
    (path) =>
      `${joinPath(root, path)} is a database that programs have open, or had: it goes back with the other files, and they go on with the old one until they are started again`,
  );
  return { ...plan, ...going, notes: [...plan.notes, ...inUse] };
}

function joinLimits(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
  isOfState: boolean,
): readonly string[] | undefined {
  return isOfState ? [...new Set([...(left ?? []), ...(right ?? [])])] : left;
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
