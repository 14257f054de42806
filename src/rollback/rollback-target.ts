// The point that a rollback goes to, those of its components that are meant, and what leads there from another state.
import { ObjectReader } from '../../store/object-reader.js';
import { joinPath, type RestoreStep, realPath, statPath } from '../composition.js';
import type { ComponentRecord, PointRecord } from '../point-record.js';
import { type PointComponent, readComponents, readPointRecord } from '../point-tree.js';
import { findPoint, type Point } from '../points.js';
import { fingerprintOf } from '../quarantine.js';
import type { Session } from '../session.js';
import type { StateAdapters } from '../state/state-adapters.js';
import { type DocumentSource, documentSource } from '../state/state-reader.js';
import { withoutData } from './kept-data.js';
import {
  type ComponentPlan,
  isChanged,
  type PlannedComponent,
  planComponent,
  selectComponents,
} from './plan-rollback.js';
import { type InnerRollbackOptions, isForward } from './rollback-options.js';

export interface Target {
  readonly point: Point;
  readonly context: DocumentSource;
  readonly selected: readonly PointComponent[];
  readonly leftNewer: readonly string[];
  /** Data that stays as it is, as nobody asked for it. */
  readonly kept: readonly PointComponent[];
}

export async function openTarget(
  session: Session,
  text: string,
  options: InnerRollbackOptions,
): Promise<Target> {
  const reader = new ObjectReader(session.store, await session.store.openIndex());
  const context = documentSource(reader, session.store.format);
  const point = await findPoint(session, reader, text);
  const components = await readComponents(context, point);
  const priority = options.priority ?? options.configuration?.guard.priority;
  const all = selectComponents(components, options.components, priority);
  if (options.withData === true) return { point, context, ...all, kept: [] };
  const asked = { areNamed: options.components !== undefined, isAsked: isForward(options) };
  const { selected, kept } = withoutData(all.selected, asked);
  const names = selected.map(({ record }) => record.name);
  const { leftNewer } = selectComponents(components, names, priority);
  return { point, context, selected, leftNewer, kept };
}

/** Equal for rollbacks of the same components to the same state. */
export function fingerprintOfTarget({ selected }: Target): string {
  return fingerprintOf(
    'rollback',
    selected.map(({ record, ids }) => [record.name, ids]),
  );
}

/** What all of a point's components are planned by. */
export interface PlanMeans {
  readonly context: DocumentSource;
  readonly record: PointRecord;
  readonly adapters: StateAdapters;
  /** What of a component stays as it is live; nothing where this is missing. */
  readonly neverRevert?: (record: ComponentRecord) => readonly string[];
  readonly onLost?: Parameters<typeof planComponent>[1]['onLost'];
  /** The state that a component is in now. */
  readonly from: (name: string) => Parameters<typeof planComponent>[1]['from'];
}

/** Plans components, each from the state that `from` has of it, in their order. */
export async function planComponents(
  components: readonly PlannedComponent[],
  { context, record, adapters, from, onLost, neverRevert = () => [] }: PlanMeans,
): Promise<ComponentPlan[]> {
  const plans: ComponentPlan[] = [];
  const changed = new Set<string>();
  const taken = new Map<string, string>();
  for (const planned of components) {
    const { name, dependsOn } = planned.component.record;
    const plan = await planComponent(planned, {
      ...{ from: from(name), to: context, record, adapters, changed, onLost },
      neverRevert: neverRevert(planned.component.record),
    });
    plans.push(leaveToOthers(plan, taken));
    // What depends on it depends on all that it depends on.
    if (isChanged(plan) || dependsOn.some((each) => changed.has(each))) changed.add(name);
  }
  return plans;
}

/** A file may be of several components, such as the file of a unit below /etc: the first of them changes it. */
function leaveToOthers(plan: ComponentPlan, taken: Map<string, string>): ComponentPlan {
  const ownerOf = ({ path }: RestoreStep) => taken.get(joinPath(plan.root, path));
  const leftTo = [...new Set(plan.steps.flatMap((step) => ownerOf(step) ?? []))];
  const steps = plan.steps.filter((step) => ownerOf(step) === undefined);
  for (const { path } of steps) taken.set(joinPath(plan.root, path), plan.component);
  return leftTo.length > 0 ? { ...plan, steps, leftTo } : plan;
}

/** Plans all components of a target. */
export async function planAll(
  session: Session,
  target: Target,
  means: Pick<PlanMeans, 'from' | 'neverRevert'>,
): Promise<ComponentPlan[]> {
  const { context, point, selected } = target;
  const record = await readPointRecord(context, point);
  const components = selected.map((component) => {
    const { origin } = component.record;
    return { component, root: statPath(origin) === 'directory' ? realPath(origin) : origin };
  });
  return planComponents(components, { context, record, adapters: session.adapters, ...means });
}
