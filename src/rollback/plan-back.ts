// Plans the way from the live state, whatever it is, to a safety point. State that can't be read is taken to be as the first
// attempt was to leave it: what leads back from there undoes all that it can have done.
import type { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import { definitionOf, readLiveState, sideOf } from '../live-state.js';
import { readComponents, readPointRecord } from '../point-tree.js';
import { findPoint } from '../points.js';
import type { Session } from '../session.js';
import { documentSource } from '../state/state-reader.js';
import { type ComponentPlan, selectComponents } from './plan-rollback.js';
import type { RollbackProblem } from './rollback-problem.js';
import { planComponents } from './rollback-target.js';
import type { ComponentPolicy } from './validate-components.js';

export async function planAttemptBack(
  session: Session,
  means: {
    readonly reader: ObjectReader;
    readonly safety: LoggedPoint;
    /** Where the first attempt went. */
    readonly target: LoggedPoint;
    readonly components: readonly string[];
    readonly policies: ReadonlyMap<string, ComponentPolicy>;
    readonly onLost: (problem: RollbackProblem) => void;
  },
): Promise<ComponentPlan[]> {
  const { reader, safety, components, policies, onLost } = means;
  const context = documentSource(reader, session.store.format);
  const point = await findPoint(session, reader, safety.id);
  const record = await readPointRecord(context, point);
  const { selected } = selectComponents(await readComponents(context, point), components);
  const definitions = selected.map(({ record: component }) => definitionOf(component));
  const unread = new Set<string>();
  const live = await readLiveState(session, definitions, { onUnreadable: (name) => unread.add(name) });
  const left =
    unread.size === 0
      ? undefined
      : await readComponents(context, await findPoint(session, reader, means.target.id));
  const planned = selected.map((component) => ({ component, root: component.record.origin }));
  return planComponents(planned, {
    ...{ context, record, adapters: session.adapters, onLost },
    // Records of format 2 have none.
    neverRevert: ({ name }) => policies.get(name)?.neverRevert ?? [],
    from: (name) => ({
      ...sideOf(live, name),
      documents: unread.has(name) ? { context, ids: left?.get(name)?.ids } : undefined,
    }),
  });
}
