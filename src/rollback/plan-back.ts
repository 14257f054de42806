// Plans the way from the live state, whatever it is, to a safety point.
import type { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import { definitionOf, readLiveState } from '../live-state.js';
import { readComponents, readPointRecord } from '../point-tree.js';
import { findPoint } from '../points.js';
import type { Session } from '../session.js';
import { documentSource } from '../state/state-reader.js';
import { type ComponentPlan, selectComponents } from './plan-rollback.js';
import { planComponents } from './rollback-target.js';

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
  const context = documentSource(reader, session.store.format);
  const point = await findPoint(session, reader, safety.id);
  const record = await readPointRecord(context, point);
  const { selected } = selectComponents(await readComponents(context, point), components);
  const definitions = selected.map(({ record: component }) => definitionOf(component));
  const live = await readLiveState(session, definitions);
  const planned = selected.map((component) => ({ component, root: component.record.origin }));
  return planComponents(planned, {
    ...{ context, record, adapters: session.adapters },
    from: (name) => ({
      context: { source: live.source, format: context.format },
      ...{ ids: live.components.get(name)?.ids, only: live.components.get(name)?.only },
    }),
  });
}
