// Small packs and index segments are merged as they pile up, by size class, so that a store of 10,000 points reads
// like one of ten, and each byte is rewritten a bounded number of times. Invariant: whoever removes a pack has made
// durable a pack that holds everything in it, and an index segment that says so.
import { isSavepointError } from '../errors.js';
import { type ObjectIndex, openIndex } from '../index/object-index.js';
import type { IndexSegment } from '../index/segment.js';
import type { PackSource } from '../pack/pack-reader.js';
import { packName } from '../pack/pack-writer.js';
import { copyPacks } from './copy-packs.js';
import { rewriteSegments } from './rewrite-segments.js';

const SMALLEST_CLASS_BYTES = 64 << 10;
const LARGEST_MERGED_BYTES = 64 << 20;
const CLASS_FACTOR = 8;
const PACKS_PER_CLASS = 16;
const SEGMENTS_PER_CLASS = 4;
const SMALLEST_CLASS_ENTRIES = 256;

/**
 * Merges what has piled up; does nothing most of the time. No lock is needed: two processes that merge at once store
 * some objects twice, and lose none; a reader that misses a pack opens the index again.
 */
export async function mergeSmallPacks(source: PackSource): Promise<void> {
  const index = await openIndex(source);
  const packs = choosePacks(index.state.packs);
  try {
    if (packs.length > 0) await mergePacks(source, index, packs);
    else await mergeSegments(source, index);
  } catch (error) {
    // Another process merged the same packs first, or one of them is damaged: `verify` is who reports that.
    if (!isSavepointError(error, 'PACK_MISSING', 'PACK_CORRUPT', 'BLOCK_CORRUPT', 'INDEX_CORRUPT'))
      throw error;
  }
}

/** The packs of the first size class that has too many, and of all smaller classes; none where none has. */
export function choosePacks(sizes: ReadonlyMap<string, number>): string[] {
  const classes = new Map<number, string[]>();
  for (const [id, sizeBytes] of sizes) {
    if (sizeBytes >= LARGEST_MERGED_BYTES) continue;
    const sizeClass = sizeClassOf(sizeBytes, SMALLEST_CLASS_BYTES);
    classes.set(sizeClass, [...(classes.get(sizeClass) ?? []), id]);
  }
  const full = [...classes]
    .filter(([, ids]) => ids.length >= PACKS_PER_CLASS)
    .map(([sizeClass]) => sizeClass);
  if (full.length === 0) return [];
  const largest = Math.max(...full);
  return [...classes].flatMap(([sizeClass, ids]) => (sizeClass <= largest ? ids : [])).sort();
}

function sizeClassOf(size: number, smallest: number): number {
  return Math.max(0, Math.floor(Math.log(size / smallest) / Math.log(CLASS_FACTOR)) + 1);
}

async function mergePacks(source: PackSource, index: ObjectIndex, ids: readonly string[]): Promise<void> {
  const merged = await copyPacks(source, ids);
  const replaced = new Set(ids.filter((id) => !merged.some((pack) => pack.id === id)));
  const affected = index.state.segments.filter((segment) =>
    segment.front.packs.some((pack) => replaced.has(pack.id)),
  );
  await rewriteSegments(source, { segments: affected, without: replaced, added: merged, index });
  for (const id of replaced) await source.backend.remove(packName(id));
}

async function mergeSegments(source: PackSource, index: ObjectIndex): Promise<void> {
  const classes = new Map<number, IndexSegment[]>();
  for (const segment of index.state.segments) {
    const sizeClass = sizeClassOf(segment.front.entryCount, SMALLEST_CLASS_ENTRIES);
    classes.set(sizeClass, [...(classes.get(sizeClass) ?? []), segment]);
  }
  const full = [...classes].find(([, segments]) => segments.length >= SEGMENTS_PER_CLASS);
  if (full !== undefined) {
    await rewriteSegments(source, { segments: full[1], without: new Set(), added: [], index });
  }
}
