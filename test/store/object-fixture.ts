// Object writers for tests: over memory, with what is known in a plain set, and with chunks as small as one likes.
import { createChunkCutter } from '#store/chunking/chunk-cutter.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import { publishSegment } from '#store/index/publish-segment.js';
import type { ObjectId } from '#store/object-id.js';
import { ObjectReader } from '#store/object-reader.js';
import { type KnownIds, ObjectWriter, type ObjectWriterOptions } from '#store/object-writer.js';
import { hashObject } from '#store/objects/object-header.js';
import type { PackSource } from '#store/pack/pack-reader.js';
import type { FinishedPack } from '#store/pack/pack-writer.js';

/** So small that an object of a few MiB has more chunks than fit into one recipe. */
export const TINY_CHUNKS = { minimumBytes: 64, averageBytes: 128, maximumBytes: 512, seed: 1 };

/** What is known, in a set of its own. */
export function createKnownSet(): KnownIds & { readonly ids: Set<ObjectId> } {
  const ids = new Set<ObjectId>();
  return {
    ids,
    has: (id) => ids.has(id),
    claim: (id) => !ids.has(id) && ids.add(id) !== undefined,
  };
}

export function createObjectWriter(
  source: PackSource,
  options: Partial<ObjectWriterOptions> = {},
): ObjectWriter {
  return new ObjectWriter({
    ...source,
    packClass: 'data',
    compressionLevel: 1,
    checkOneBlockIn: 1,
    known: createKnownSet(),
    cutter: createChunkCutter(TINY_CHUNKS),
    ...options,
  });
}

/** Indexes what `writer` wrote, and opens a reader over all of the store. */
export async function publishAndRead(
  source: PackSource,
  writer: ObjectWriter,
): Promise<{ packs: FinishedPack[]; reader: ObjectReader }> {
  const packs = await writer.finish();
  if (packs.length > 0) await publishSegment(source, packs);
  return { packs, reader: await openReader(source) };
}

export async function openReader(source: PackSource): Promise<ObjectReader> {
  return new ObjectReader(source, (await openSoundIndex(source)).index);
}

export function blobId({ platform, format }: PackSource, content: Uint8Array): ObjectId {
  return hashObject(platform, format, { kind: 'blob', content });
}
