// Small packs and index segments are merged as they pile up, by size class, so that a store of 10,000 points reads
// like one of ten, and each byte is rewritten a bounded number of times. Invariant: whoever removes a pack has made
// durable a pack that holds everything in it, and an index segment that says so.
import { findIdSalt } from '../collect/garbage-files.js';
import { type ErrorCode, isSavepointError } from '../errors.js';
import { type ObjectIndex, openIndex } from '../index/object-index.js';
import type { IndexSegment } from '../index/segment.js';
import type { PackSource } from '../pack/pack-reader.js';
import { packName } from '../pack/pack-writer.js';
import { copyPacks } from './copy-packs.js';
import { openPacksOf, replaceSegments } from './rewrite-segments.js';

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
  const sizes = new Map(index.state.packs);
  let segments = index.state.segments;
  for (;;) {
    const packs = choosePacks(sizes);
    try {
      if (packs.length > 0) await mergePacks(source, index, packs);
      else await mergeSegments(source, index, segments);
      return;
    } catch (error) {
      if (!isSavepointError(error, ...UNREADABLE)) throw error;
      // A damaged pack is left as it is, for `verify` to report, and must not keep all others from being merged.
      const { pack } = error.fields;
      if (error.code === 'PACK_MISSING' || typeof pack !== 'string') return;
      if (sizes.delete(pack)) continue;
      // Not even its table can be read: the segment that names it can't be written again, and the packs beside it stay.
      const spoiled = segments.filter(({ front }) => front.packs.some(({ id }) => id === pack));
      if (spoiled.length === 0) return;
      for (const { front } of spoiled) for (const { id } of front.packs) sizes.delete(id);
      segments = segments.filter((segment) => !spoiled.includes(segment));
    }
  }
}

/** Another process has merged the same packs first, or one of them is damaged. */
const UNREADABLE: readonly ErrorCode[] = [
  'PACK_MISSING',
  'PACK_CORRUPT',
  'BLOCK_CORRUPT',
  'OBJECT_CORRUPT',
  'INDEX_CORRUPT',
  'CODEC_UNSUPPORTED',
];

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
  const chosen = new Set(ids);
  const segments = index.state.segments.filter(({ front }) => front.packs.some(({ id }) => chosen.has(id)));
  // First, so that nothing is copied in vain where one of them can't be read.
  const neighbours = await openPacksOf(source, { segments, index, without: chosen });
  const merged = await copyPacks(source, ids, { idSalt: await findIdSalt(source) });
  for (const { id } of merged) chosen.delete(id);
  const kept = neighbours.filter(({ id }) => !merged.some((pack) => pack.id === id));
  await replaceSegments(source, segments, [...merged, ...kept]);
  for (const id of chosen) await source.backend.remove(packName(id));
}

async function mergeSegments(
  source: PackSource,
  index: ObjectIndex,
  segments: readonly IndexSegment[],
): Promise<void> {
  const classes = new Map<number, IndexSegment[]>();
  for (const segment of segments) {
    const sizeClass = sizeClassOf(segment.front.entryCount, SMALLEST_CLASS_ENTRIES);
    classes.set(sizeClass, [...(classes.get(sizeClass) ?? []), segment]);
  }
  const full = [...classes].find(([, members]) => members.length >= SEGMENTS_PER_CLASS);
  if (full === undefined) return;
  const packs = await openPacksOf(source, { segments: full[1], index, without: new Set() });
  await replaceSegments(source, full[1], packs);
}
