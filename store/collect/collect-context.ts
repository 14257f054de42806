// What both phases of a garbage collection work by.
import { isSavepointError, SavepointError } from '../errors.js';
import type { ObjectIndex } from '../index/object-index.js';
import type { ObjectId } from '../object-id.js';
import { entryLength, readEntry } from '../pack/entry.js';
import { openPack } from '../pack/pack-reader.js';
import { idsBelow, type RefState } from '../refs/ref-state.js';
import type { Store } from '../store.js';
import { Reachable, type ReachableOptions } from './reachable.js';

/**
 * Such a ref says that the tag with its id is removed: then the tag's other refs count no more. They stay until the packs
 * are removed, so that taking this one away brings the point back as it was.
 */
export const REMOVED = 'removed/';

/** The ids of tags that are removed. */
export function removedIds(state: RefState): Set<ObjectId> {
  return idsBelow(state, REMOVED);
}

export interface PackTotal {
  readonly packs: number;
  readonly bytes: number;
}

export function totalOf(sizesBytes: readonly number[]): PackTotal {
  return { packs: sizesBytes.length, bytes: sizesBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0) };
}

export interface CollectContext {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly graceMs: number;
  readonly full: boolean;
  readonly signal: ReachableOptions['signal'];
}

/** All that those refs lead to for which `counts` holds. Throws where that can't be told. */
export async function findNeeded(
  { store, signal }: CollectContext,
  from: {
    readonly state: RefState;
    readonly index: ObjectIndex;
    readonly counts: (id: ObjectId) => boolean;
  },
): Promise<Reachable> {
  // Other collections may remove points for good meanwhile, and what only these needed. What was followed of one then is
  // not enough to go on with: all is followed anew without it.
  const gone = new Set<string>();
  for (;;) {
    const needed = new Reachable(store, from.index, signal === undefined ? {} : { signal });
    const failed = await addAll(needed, { ...from, gone });
    if (failed === undefined) return needed;
    const { name, id, error } = failed;
    if ((await store.refs.read()).refs.get(name)?.id === id) throw describeUnknown(name, error);
    gone.add(name);
  }
}

async function addAll(
  needed: Reachable,
  from: {
    readonly state: RefState;
    readonly counts: (id: ObjectId) => boolean;
    readonly gone: ReadonlySet<string>;
  },
): Promise<{ readonly name: string; readonly id: ObjectId; readonly error: unknown } | undefined> {
  for (const [name, { id }] of from.state.refs) {
    if (!from.counts(id) || from.gone.has(name)) continue;
    try {
      await needed.add(id);
    } catch (error) {
      if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
      return { name, id, error };
    }
  }
  return undefined;
}

function describeUnknown(ref: string, error: unknown): unknown {
  if (!isSavepointError(error) || error.code === 'ABORTED') return error;
  return new SavepointError(
    error.code,
    `What ${ref} needs can't be told, so nothing is removed: ${error.message} Then repair the store, or forget that point.`,
    { fields: { ...error.fields, ref }, cause: error },
  );
}

/** What a pack holds, by its own table; `undefined` where that can't be read: then it is not for us to remove. */
export async function readContents(
  { store }: CollectContext,
  packId: string,
): Promise<{ readonly id: ObjectId; readonly lengthBytes: number }[] | undefined> {
  let table: Uint8Array;
  try {
    table = (await openPack(store, packId)).table.entries;
  } catch (error) {
    if (isSavepointError(error, 'PACK_MISSING', 'PACK_CORRUPT', 'BLOCK_CORRUPT')) return undefined;
    throw error;
  }
  const { format } = store;
  return Array.from({ length: table.length / entryLength(format) }, (_, i) => readEntry(table, i, format));
}
