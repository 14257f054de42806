// Replaces index segments by one that covers their packs: the new one is durable before an old one goes.
import type { ObjectIndex } from '../index/object-index.js';
import { type PackToIndex, publishSegment } from '../index/publish-segment.js';
import type { IndexSegment } from '../index/segment.js';
import { openPack, type PackSource } from '../pack/pack-reader.js';

/** Publishes one segment in the place of `segments`: their packs that are there, but those `without`, and those `added`. */
export async function rewriteSegments(
  source: PackSource,
  change: {
    readonly segments: readonly IndexSegment[];
    readonly without: ReadonlySet<string>;
    readonly added: readonly PackToIndex[];
    readonly index: ObjectIndex;
  },
): Promise<void> {
  const kept = new Set<string>();
  for (const segment of change.segments) {
    for (const { id } of segment.front.packs) {
      if (change.index.state.packs.has(id) && !change.without.has(id)) kept.add(id);
    }
  }
  for (const pack of change.added) kept.delete(pack.id);
  const packs: PackToIndex[] = [...change.added];
  for (const id of [...kept].sort()) packs.push(await openPack(source, id));
  const published = packs.length > 0 ? await publishSegment(source, packs) : undefined;
  for (const segment of change.segments) {
    if (segment.name !== published) await source.backend.remove(segment.name);
  }
}
