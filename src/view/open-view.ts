// Opens a point as a view. The view holds the store's packs: it stays readable whatever becomes of the point.
import { SavepointError } from '../../store/errors.js';
import { HeldReader, type HeldReaderOptions } from '../../store/held-reader.js';
import { findPoint, type Point } from '../points.js';
import type { Session } from '../session.js';
import { PointView } from './point-view.js';

export interface OpenViewOptions {
  /** Only this component, whose root is the view's; else each component stands in a directory of its name. */
  readonly component?: string;
  /** Bounds the decoded blocks that are kept: 64 MiB unless set. */
  readonly cacheBytes?: number;
}

/** Throws POINT_NOT_FOUND, COMPONENT_NOT_FOUND, OBJECT_CORRUPT where the point is damaged, and what reading throws. */
export async function openView(
  session: Session,
  text: string,
  { component, ...reading }: OpenViewOptions & HeldReaderOptions = {},
): Promise<{ readonly view: PointView; readonly point: Point }> {
  const point = await findPoint(session, await session.store.openReader(), text);
  if (point.damaged !== undefined) {
    throw new SavepointError(point.damaged.code, point.damaged.message, { fields: { point: point.name } });
  }
  const reader = await HeldReader.open(session.store, reading);
  try {
    const modifiedMs = Date.parse(point.createdAt);
    const options = component === undefined ? { modifiedMs } : { modifiedMs, component };
    return { view: new PointView(reader, point.tree, options), point };
  } catch (error) {
    reader.close();
    throw error;
  }
}
