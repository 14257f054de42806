// Plans the way from the live state, whatever it is, to a safety point.
import type { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import { definitionOf, readLiveState } from '../live-state.js';
import { readComponents, readPointRecord } from '../point-tree.js';
import { findPoint } from '../points.js';
import type { Session } from '../session.js';
import { type ComponentPlan, planComponent, selectComponents } from './plan-rollback.js';

export async function planAttemptBack(
  session: Session,
  means: {
    readonly reader: ObjectReader;
    readonly safety: LoggedPoint;
    /** All of the safety point's where this is missing. */
    readonly components: readonly string[] | undefined;
  },
): Promise<ComponentPlan[]> {
  const { reader, safety, components } = means;
  const context = { source: reader, format: session.store.format };
  const point = await findPoint(session, reader, safety.id);
  const record = await readPointRecord(context, point);
  const { selected } = selectComponents(await readComponents(context, point), components);
  const definitions = selected.map(({ record: component }) => definitionOf(component));
  const live = await readLiveState(session, definitions);
  const plans: ComponentPlan[] = [];
  for (const component of selected) {
    const ids = live.components.get(component.record.name)?.ids;
    plans.push(
      await planComponent(
        { component, root: component.record.origin },
        { from: { context: { source: live.source, format: context.format }, ids }, to: context, record },
      ),
    );
  }
  return plans;
}
