// Where a repair keeps damaged packs. They tell a write that has begun before that what it builds upon may be gone.
import { SavepointError } from '../errors.js';
import type { ObjectIndex } from '../index/object-index.js';
import type { PackSource } from '../pack/pack-reader.js';

const FOLDER = 'quarantine';

export function quarantineName(packId: string): string {
  return `${FOLDER}/${packId}.pack`;
}

/** Throws STORE_REPAIRED where packs that `index` knows have been taken out of use since it was opened. */
export async function requireUnrepaired({ backend }: PackSource, index: ObjectIndex): Promise<void> {
  const kept = (await backend.list(FOLDER)).map(({ name }) => name);
  const packs = [...index.state.packs.keys()].filter((id) => kept.includes(quarantineName(id)));
  if (packs.length === 0) return;
  throw new SavepointError(
    'STORE_REPAIRED',
    "The store is being repaired, and what this builds upon may be lost; nothing was published. Repeat when 'savepoint verify --repair' has ended.",
    { fields: { packs } },
  );
}
