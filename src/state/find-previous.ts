// The last point that has a component: what is costly to read again may be as it was there.
import { ObjectReader } from '../../store/object-reader.js';
import type { PreviousDocuments } from '../capture-means.js';
import { readComponents } from '../point-tree.js';
import { listAllPointRefs, readPoint } from '../points.js';
import type { Session } from '../session.js';
import { isUnreadable } from '../unreadable.js';
import { documentSource } from './state-reader.js';

/** How far back it is looked for. */
const MOST_POINTS = 20;

export async function findPrevious(
  session: Session,
  component: string,
): Promise<PreviousDocuments | undefined> {
  const reader = new ObjectReader(session.store, await session.store.openIndex());
  const context = documentSource(reader, session.store.format);
  for (const ref of (await listAllPointRefs(session)).slice(-MOST_POINTS).reverse()) {
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
}
