// Packs in memory for tests: made of given objects, read back record by record, damaged at will.
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import { type CodecSource, createNodePlatform } from '#adapters/node/node-platform.js';
import type { ObjectFormat, ObjectId, ObjectKind } from '#store/object-id.js';
import { entryLength, readEntry } from '#store/pack/entry.js';
import type { TableOfContents } from '#store/pack/pack-format.js';
import { type PackSource, readBlock } from '#store/pack/pack-reader.js';
import { type FinishedPack, PackWriter, type PackWriterOptions, packName } from '#store/pack/pack-writer.js';
import { findRecord } from '#store/pack/record.js';

export interface MadeObject {
  readonly kind: ObjectKind;
  readonly content: Uint8Array;
}

/** An empty place in memory, with this runtime's platform. */
export async function createSource(
  format: ObjectFormat = 'sha256',
  codec?: CodecSource,
): Promise<PackSource> {
  const platform = await createNodePlatform(codec === undefined ? {} : { codec });
  return { backend: createMemoryBackend(), platform, format };
}

export function createPackWriter(source: PackSource, options: Partial<PackWriterOptions> = {}): PackWriter {
  return new PackWriter({
    ...source,
    packClass: 'data',
    compressionLevel: 3,
    checkOneBlockIn: 1,
    ...options,
  });
}

export async function addObject(writer: PackWriter, { kind, content }: MadeObject): Promise<ObjectId> {
  if (writer.needsFlush(content.length)) await writer.flush();
  writer.reserve(kind, content.length).set(content);
  const id = writer.seal();
  writer.keep(id);
  return id;
}

export const blobOf = (content: Uint8Array | string): MadeObject => ({
  kind: 'blob',
  content: typeof content === 'string' ? new TextEncoder().encode(content) : content,
});

/** A pack of `blocks`, each of them of the objects given for it. */
export async function writePack(
  source: PackSource,
  blocks: readonly (readonly MadeObject[])[],
  options: Partial<PackWriterOptions> = {},
): Promise<FinishedPack> {
  const writer = createPackWriter(source, options);
  for (const objects of blocks) {
    for (const object of objects) await addObject(writer, object);
    await writer.flush();
  }
  return (await writer.finish()) as FinishedPack;
}

/** What stands in a pack, as its table says, in the table's order. Recipes have no content. */
export async function readPack(source: PackSource, pack: { id: string; table: TableOfContents }) {
  const found: (MadeObject & { id: ObjectId; block: number; isRecipe: boolean })[] = [];
  const count = pack.table.entries.length / entryLength(source.format);
  let raw = new Uint8Array();
  for (let i = 0, block = -1; i < count; i++) {
    const entry = readEntry(pack.table.entries, i, source.format);
    if (entry.block !== block)
      raw = new Uint8Array(await readBlock(source, pack.id, pack.table.blocks[entry.block]));
    block = entry.block;
    const record = raw.subarray(entry.offset, entry.offset + entry.lengthBytes);
    const span = findRecord(record, 0, source.format);
    if (span === undefined || span.end !== record.length) throw new Error(`entry ${i} leads to no record`);
    const isRecipe = span.recipeOf !== undefined;
    const content = isRecipe ? new Uint8Array() : record.subarray(span.contentStart);
    found.push({ id: entry.id, kind: span.kind, content, block, isRecipe });
  }
  return found;
}

export async function packBytes(source: PackSource, id: string): Promise<Uint8Array> {
  return (await source.backend.read(packName(id))) as Uint8Array;
}

/** The names of all files in the store but its settings. */
export async function storedNames({ backend }: Pick<PackSource, 'backend'>): Promise<string[]> {
  const folders = ['packs', 'index', 'refs', 'quarantine', 'cache'];
  const files = await Promise.all(folders.map((folder) => backend.list(folder)));
  return files.flat().map(({ name }) => name);
}
