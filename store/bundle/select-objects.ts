// Finds what a bundle has to hold: all that its points lead to, without what the points that the other store has lead to.

import { Reachable, type ReachableOptions, storedBytesOf } from '../collect/reachable.js';
import { checkAborted, SavepointError } from '../errors.js';
import type { ObjectId } from '../object-id.js';
import type { PackSource } from '../pack/pack-reader.js';
import type { Store } from '../store.js';
import { ObjectSelection } from './object-selection.js';

export interface SelectOptions {
  /** The tags of the points. */
  readonly points: readonly ObjectId[];
  /** The tags of points that the other store has. */
  readonly since: readonly ObjectId[];
  /** Tells of other objects that it has. */
  readonly tellKnown: (skip: (id: ObjectId) => void) => Promise<void>;
  readonly signal?: ReachableOptions['signal'];
}

export interface SelectedObjects {
  readonly selection: ObjectSelection;
  /** The packs in which they stand. */
  readonly packs: ReadonlySet<string>;
  /** About how much they take in this store. */
  readonly storedBytes: number;
}

/** Throws OBJECT_MISSING and the like where the store does not have all that the points lead to. */
export async function selectObjects(
  store: PackSource & Pick<Store, 'openIndex'>,
  options: SelectOptions,
): Promise<SelectedObjects> {
  const index = await store.openIndex();
  await index.loadAll();
  const selection = new ObjectSelection(store.format);
  const packs = new Set<string>();
  let storedBytes = 0;
  let isSelecting = false;
  let missing: ObjectId | undefined;
  const reachable = new Reachable(store, index, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onObject(id, location) {
      if (!isSelecting) return;
      selection.add(id);
      packs.add(location.packId);
      storedBytes += storedBytesOf(location);
    },
    onMissing(id) {
      if (isSelecting) missing ??= id;
    },
  });
  for (const id of options.since) await reachable.add(id);
  await options.tellKnown((id) => reachable.skip(id));
  isSelecting = true;
  for (const id of options.points) await reachable.add(id);
  if (missing !== undefined) throw missingObject(missing);
  checkAborted(options.signal);
  selection.seal();
  return { selection, packs, storedBytes };
}

export function missingObject(id: ObjectId): SavepointError {
  return new SavepointError(
    'OBJECT_MISSING',
    `The object ${id} is not in the store, and so no bundle can hold it. Run 'savepoint verify' to see which points and paths it hurts.`,
    { fields: { id } },
  );
}
