// The point that a rollback goes to, those of its components that are meant, and what leads there from another state.
import { ObjectReader } from '../../store/object-reader.js';
import { realPath, statPath } from '../composition.js';
import { type PointComponent, readComponents, readPointRecord, type TreeContext } from '../point-tree.js';
import { findPoint, type Point } from '../points.js';
import { fingerprintOf } from '../quarantine.js';
import type { Session } from '../session.js';
import { type ComponentPlan, planComponent, selectComponents } from './plan-rollback.js';
import type { RollbackOptions } from './rollback-options.js';

export interface Target {
  readonly point: Point;
  readonly context: TreeContext;
  readonly selected: readonly PointComponent[];
  readonly leftNewer: readonly string[];
}

export async function openTarget(session: Session, text: string, options: RollbackOptions): Promise<Target> {
  const reader = new ObjectReader(session.store, await session.store.openIndex());
  const context = { source: reader, format: session.store.format };
  const point = await findPoint(session, reader, text);
  const components = await readComponents(context, point);
  const priority = options.priority ?? options.configuration?.guard.priority;
  return { point, context, ...selectComponents(components, options.components, priority) };
}

/** Equal for rollbacks of the same components to the same state. */
export function fingerprintOfTarget({ selected }: Target): string {
  return fingerprintOf(
    'rollback',
    selected.map(({ record, ids }) => [record.name, ids]),
  );
}

/** Plans all components, each from the state that `from` has of it. */
export async function planAll(
  target: Target,
  from: (name: string) => Parameters<typeof planComponent>[1]['from'],
): Promise<ComponentPlan[]> {
  const record = await readPointRecord(target.context, target.point);
  const plans: ComponentPlan[] = [];
  for (const component of target.selected) {
    const { name, origin } = component.record;
    const root = statPath(origin) === 'directory' ? realPath(origin) : origin;
    plans.push(await planComponent({ component, root }, { from: from(name), to: target.context, record }));
  }
  return plans;
}
