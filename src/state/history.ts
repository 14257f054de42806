// The transaction log of a component's state: what was captured when, at which position of its engine, by which operation, and
// what was put back. Worked out from the points and the operation log: nothing is written twice.

import { checkAborted, SavepointError } from '../../store/errors.js';
import { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint, OperationEntry, OperationId } from '../../store/operations/operation-entry.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import type { StateInstant } from '../composition.js';
import { nearestNames } from '../nearest-names.js';
import { readComponents } from '../point-tree.js';
import { listAllPointRefs, readPoint } from '../points.js';
import type { Session } from '../session.js';
import type { Stoppable } from '../stoppable.js';
import { isUnreadable } from '../unreadable.js';
import { instantsOf } from './instants.js';
import { documentSource } from './state-reader.js';

export interface HistoryEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly did: 'captured' | Extract<OperationEntry['kind'], 'rollback' | 'undo' | 'redo' | 'restore'>;
  /** The operation that did it, where the log still has it. */
  readonly operation?: OperationId;
  /** What was captured, or gone back to. */
  readonly point: LoggedPoint;
  /** Equal for equal state; of a capture. */
  readonly state?: string;
  /** Of which instants the captured state is, by its engine's own count. */
  readonly instants?: readonly StateInstant[];
  /** The point that has what was there before; of what was put back. */
  readonly before?: LoggedPoint;
  readonly outcome?: OperationEntry['outcome'];
}

/** Oldest first. Throws COMPONENT_NOT_FOUND where no point and no operation knows the component, and ABORTED. */
export async function historyOf(
  session: Session,
  component: string,
  { signal }: Stoppable = {},
): Promise<HistoryEntry[]> {
  const operations = await openOperationLog(session.store).read();
  const reader = new ObjectReader(session.store, await session.store.openIndex());
  const source = documentSource(reader, session.store.format);
  const entries: HistoryEntry[] = [];
  const known = new Set<string>();
  for (const ref of await listAllPointRefs(session)) {
    checkAborted(signal);
    try {
      const point = await readPoint(session, reader, ref);
      for (const each of point.components) known.add(each);
      if (!point.components.includes(component)) continue;
      const components = await readComponents(source, point);
      const found = components.get(component);
      if (found === undefined) continue;
      const [described] = await instantsOf(new Map([[component, found]]), {
        source,
        adapters: session.adapters,
      });
      const by = operations.find(
        ({ after, before, kind }) => (kind === 'save' ? after : before)?.id === ref.id,
      );
      entries.push({
        ...{ at: found.record.capturedAt, did: 'captured', point: { name: ref.name, id: ref.id } },
        ...(by === undefined ? {} : { operation: by.id }),
        state: found.ids.files,
        ...(described === undefined ? {} : { instants: described.instants }),
      });
    } catch (error) {
      // A damaged point is told by 'verify'.
      if (!isUnreadable(error)) throw error;
    }
  }
  entries.push(...operations.filter((each) => each.components.includes(component)).flatMap(putBack));
  if (entries.length === 0) throw unknown(component, [...known]);
  return entries.sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
}

function putBack({ id, kind, startedAt, seconds, after, before, outcome }: OperationEntry): HistoryEntry[] {
  if (kind !== 'rollback' && kind !== 'undo' && kind !== 'redo' && kind !== 'restore') return [];
  const point = after ?? before;
  if (point === undefined) return [];
  const at = new Date(Date.parse(startedAt) + seconds * 1000).toISOString();
  return [{ at, did: kind, operation: id, point, ...(before === undefined ? {} : { before }), outcome }];
}

function unknown(component: string, known: readonly string[]): SavepointError {
  const nearest = nearestNames(component, known);
  const hint =
    nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}?` : "'savepoint show' lists those of a point.";
  return new SavepointError('COMPONENT_NOT_FOUND', `No point has a component '${component}'. ${hint}`, {
    fields: { component, nearest },
  });
}
