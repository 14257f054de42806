// Adds objects to a store: what is known is left out, large ones are cut into chunks, the rest goes to a pack.
// One writer serves one thread; several writers may share what they know through `KnownIds`.
import type { ChunkCutter } from './chunking/chunk-cutter.js';
import { LARGE_OBJECT_BYTES, LargeObject } from './large-object.js';
import type { ObjectId, ObjectKind } from './object-id.js';
import { type FinishedPack, PackWriter, type PackWriterOptions } from './pack/pack-writer.js';
import { encodeChunkList, type Recipe, type RecipeChunk } from './pack/record.js';

/** Ids that need not be stored again. */
export interface KnownIds {
  /** Whether the store holds `id`, or someone of this save has taken it upon them to store it. */
  has(id: ObjectId): boolean;
  /** Takes it upon the caller to store `id`; answers false where it is known already. */
  claim(id: ObjectId): boolean;
}

/** Knows everything, so that a writer finds out ids and stores nothing. */
export const NOTHING_IS_NEW: KnownIds = { has: () => true, claim: () => false };

export interface ObjectWriterOptions extends PackWriterOptions {
  readonly known: KnownIds;
  readonly cutter: ChunkCutter;
}

/** The recipe of an object of more chunks (some 16 GiB) has lists of so many; each list is a small blob. */
const CHUNKS_IN_LIST = 1 << 14;

/** A pack is finished, and the next one begun, when it is this long. */
const PACK_TARGET_BYTES = 512 << 20;

export interface WriteCounts {
  /** Objects and bytes of content that were stored, as they came; what was known is not counted. */
  newObjects: number;
  newBytes: number;
}

export class ObjectWriter {
  readonly counts: WriteCounts = { newObjects: 0, newBytes: 0 };
  private readonly finished: FinishedPack[] = [];
  private pack: PackWriter;

  constructor(private readonly options: ObjectWriterOptions) {
    this.pack = new PackWriter(options);
  }

  /** Stores an object whose content is in memory; returns its id. */
  async add(kind: ObjectKind, content: Uint8Array): Promise<ObjectId> {
    if (content.length > LARGE_OBJECT_BYTES) return this.addLarge(kind, content);
    const target = await this.reserve(kind, content.length);
    target.set(content);
    return this.seal(content.length);
  }

  /** Room for an object of at most 4 MiB: fill it, then `seal`. Reserving again starts over. */
  async reserve(kind: ObjectKind, sizeBytes: number): Promise<Uint8Array> {
    if (this.pack.needsFlush(sizeBytes)) await this.flush();
    return this.pack.reserve(kind, sizeBytes);
  }

  /** As `reserve`, at once; `undefined` where a block is full and `reserve` must be awaited. */
  tryReserve(kind: ObjectKind, sizeBytes: number): Uint8Array | undefined {
    return this.pack.needsFlush(sizeBytes) ? undefined : this.pack.reserve(kind, sizeBytes);
  }

  /** Stores the object that was reserved and filled, unless it is known; returns its id. */
  seal(sizeBytes: number): ObjectId {
    const id = this.pack.seal();
    if (this.options.known.claim(id)) {
      this.pack.keep(id);
      this.counts.newObjects++;
      this.counts.newBytes += sizeBytes;
    }
    return id;
  }

  /** Stores the recipe of a large object, whose chunks are stored, unless it is known. */
  async addRecipe(recipe: Recipe): Promise<void> {
    const { id, kind, sizeBytes, chunks } = recipe;
    if (this.options.known.has(id)) return;
    const partsAreLists = chunks.length > CHUNKS_IN_LIST;
    const parts = partsAreLists ? await this.addLists(chunks) : chunks;
    if (!this.options.known.claim(id)) return;
    await this.pack.addRecipe({ id, kind, sizeBytes, parts, partsAreLists });
    this.counts.newObjects++;
  }

  private async addLists(chunks: Recipe['chunks']): Promise<RecipeChunk[]> {
    const lists: RecipeChunk[] = [];
    for (let start = 0; start < chunks.length; start += CHUNKS_IN_LIST) {
      const members = chunks.slice(start, start + CHUNKS_IN_LIST);
      const id = await this.add('blob', encodeChunkList(this.options.format, members));
      lists.push({ id, lengthBytes: members.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0) });
    }
    return lists;
  }

  /** Makes everything durable; returns the packs, which nothing refers to yet. */
  async finish(): Promise<FinishedPack[]> {
    await this.finishPack();
    return this.finished;
  }

  /** Drops the pack that is being written. */
  async abort(): Promise<void> {
    await this.pack.abort();
  }

  private async addLarge(kind: ObjectKind, content: Uint8Array): Promise<ObjectId> {
    const { platform, format, cutter } = this.options;
    const ids: ObjectId[] = [];
    const addChunk = async (bytes: Uint8Array) => {
      const target = await this.reserve('blob', bytes.length);
      target.set(bytes);
      ids.push(this.seal(bytes.length));
    };
    const large = new LargeObject({ platform, format, cutter, kind, sizeBytes: content.length, addChunk });
    await large.take(content, true);
    const recipe = large.finish(ids);
    await this.addRecipe(recipe);
    return recipe.id;
  }

  private async flush(): Promise<void> {
    await this.pack.flush();
    if (this.pack.sizeBytes() >= PACK_TARGET_BYTES) await this.finishPack();
  }

  private async finishPack(): Promise<void> {
    const pack = await this.pack.finish();
    if (pack === undefined) return;
    this.finished.push(pack);
    this.pack = new PackWriter(this.options);
  }
}
