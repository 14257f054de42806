// The last point that has a component: what is costly to read again may be as it was there.
import type { ObjectReader } from '../../store/object-reader.js';
import type { CaptureMeans } from '../capture-means.js';
import { readComponents } from '../point-tree.js';
import { type PointRef, readPoint } from '../points.js';
import type { Session } from '../session.js';
import { isUnreadable } from '../unreadable.js';
import { documentSource } from './state-reader.js';

/** How far back it is looked for. */
const MOST_POINTS = 20;

/** Finds it among `points`, oldest first, for one component after the other. */
export function previousFinder(
  session: Session,
  { reader, points }: { readonly reader: ObjectReader; readonly points: readonly PointRef[] },
): NonNullable<CaptureMeans['findPrevious']> {
  const context = documentSource(reader, session.store.format);
  const latest = points.slice(-MOST_POINTS).reverse();
  return async (component) => {
    for (const ref of latest) {
      try {
        const point = await readPoint(session, reader, ref);
        if (!point.components.includes(component)) continue;
        const found = (await readComponents(context, point)).get(component);
        if (found?.record.settings !== undefined) return { context, ids: found.ids };
      } catch (error) {
        // What can't be read is of no use here, and told by who needs it.
        if (!isUnreadable(error)) throw error;
      }
    }
    return undefined;
  };
}
