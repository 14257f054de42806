// Lists the points of a store. What points say of themselves never changes, so it is kept in a cache, and listing many
// points costs little more than listing few. A point that can't be read is listed too, as damaged.
import { checkAborted, type SavepointError } from '../store/errors.js';
import type { ObjectId } from '../store/object-id.js';
import type { ObjectReader } from '../store/object-reader.js';
import { type CachedPoint, encodePointCache, POINT_CACHE_NAME, parsePointCache } from './point-cache.js';
import { listPointRefs, type Point, type PointRef, readPoint } from './points.js';
import type { Session } from './session.js';
import type { Stoppable } from './stoppable.js';
import { unlessUnwritable } from './unless-unwritable.js';
import { isUnreadable } from './unreadable.js';

export { isSoundPointCache } from './point-cache.js';

/** So many rows may be lacking or superfluous before the cache is written anew. */
const MOST_STALE_ROWS = 8;

/** The points of a store, oldest first. Throws REF_CORRUPT, ABORTED, and what the storage throws. */
export async function listPoints(session: Session, { signal }: Stoppable = {}): Promise<Point[]> {
  const refs = await listPointRefs(session);
  const bytes = await session.store.backend.read(POINT_CACHE_NAME);
  const cache = parsePointCache(bytes ?? encodePointCache([]));
  let reader: ObjectReader | undefined;
  let added = 0;
  const points: Point[] = [];
  for (const ref of refs) {
    const cached = cache.points.get(ref.id);
    if (cached === undefined) {
      checkAborted(signal);
      reader ??= await session.store.openReader();
      added++;
    }
    points.push(
      cached === undefined
        ? await describePoint(session, reader as ObjectReader, ref)
        : { name: ref.name, ...cached },
    );
  }
  const removed = cache.points.size + added - refs.length;
  if (!cache.isSound || added > MOST_STALE_ROWS || removed > MOST_STALE_ROWS)
    await keepPoints(session, points);
  return points;
}

async function describePoint(session: Session, reader: ObjectReader, ref: PointRef): Promise<Point> {
  try {
    return await readPoint(session, reader, ref);
  } catch (error) {
    if (isUnreadable(error)) return damagedPoint(ref, error);
    throw error;
  }
}

function damagedPoint(ref: PointRef, { code, message }: SavepointError): Point {
  const nothing = '' as ObjectId;
  return {
    ...{ ...ref, commit: nothing, tree: nothing },
    ...{ message: '', createdAt: '', host: '', trigger: '', health: 'unknown', complete: false },
    ...{ components: [], files: 0, bytes: 0, tags: {} },
    damaged: { code, message },
  };
}

/** A store that can't be written to is listed all the same. */
async function keepPoints(session: Session, points: readonly Point[]): Promise<void> {
  const rows: CachedPoint[] = [];
  for (const { name: _, damaged, ...row } of points) if (damaged === undefined) rows.push(row);
  await unlessUnwritable(() => session.store.backend.replace(POINT_CACHE_NAME, encodePointCache(rows)));
}
