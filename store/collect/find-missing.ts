// Whether a store has all that some points need.
import { isSavepointError } from '../errors.js';
import type { ObjectId } from '../object-id.js';
import type { Store } from '../store.js';
import { Reachable, type ReachableOptions } from './reachable.js';

/** An object that a point needs and the store lacks: its own id, or what is known of it. */
export interface MissingObject {
  readonly id: ObjectId | undefined;
  /** Why that which leads to others can't be read. */
  readonly cause?: unknown;
}

/** `undefined` where nothing is missing. Throws BLOCK_CORRUPT and the like where something is damaged. */
export async function findMissing(
  store: Store,
  points: readonly ObjectId[],
  signal: ReachableOptions['signal'],
): Promise<MissingObject | undefined> {
  const index = await store.openIndex();
  await index.loadAll();
  let missing: ObjectId | undefined;
  const reachable = new Reachable(store, index, {
    ...(signal === undefined ? {} : { signal }),
    onMissing(id) {
      missing ??= id;
    },
  });
  for (const id of points) {
    try {
      await reachable.add(id);
    } catch (error) {
      if (!isSavepointError(error, 'OBJECT_MISSING', 'OBJECT_CORRUPT', 'PACK_MISSING')) throw error;
      return { id: missing, cause: error };
    }
  }
  return missing === undefined ? undefined : { id: missing };
}
