// Replaces index segments by one that covers their packs: the new one is durable before an old one goes.
import type { ObjectIndex } from '../index/object-index.js';
import { type PackToIndex, publishSegment } from '../index/publish-segment.js';
import type { IndexSegment } from '../index/segment.js';
import { openPack, type PackSource } from '../pack/pack-reader.js';

/** The packs of `segments` that are there, but those `without`. Throws what opening a pack throws. */
export async function openPacksOf(
  source: PackSource,
  from: {
    readonly segments: readonly IndexSegment[];
    readonly index: ObjectIndex;
    readonly without: ReadonlySet<string>;
  },
): Promise<PackToIndex[]> {
  const kept = new Set<string>();
  for (const segment of from.segments) {
    for (const { id } of segment.front.packs) {
      if (from.index.state.packs.has(id) && !from.without.has(id)) kept.add(id);
    }
  }
  const packs: PackToIndex[] = [];
  for (const id of [...kept].sort()) packs.push(await openPack(source, id));
  return packs;
}

/** Publishes one segment for `packs` in the place of `segments`. */
export async function replaceSegments(
  source: PackSource,
  segments: readonly IndexSegment[],
  packs: readonly PackToIndex[],
): Promise<void> {
  const published = packs.length > 0 ? await publishSegment(source, packs) : undefined;
  for (const { name } of segments) if (name !== published) await source.backend.remove(name);
}
