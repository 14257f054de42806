// Reads objects by id. Every read is verified: the block's checksum, then the object's own hash. Decoded blocks are
// kept while they fit a bound, so that neighbours cost one read.
import { isSavepointError, SavepointError } from './errors.js';
import { type Location, type ObjectIndex, openIndex } from './index/object-index.js';
import { openSoundIndex } from './index/open-sound-index.js';
import type { ObjectId, ObjectKind } from './object-id.js';
import { contentLength, createObjectHasher } from './objects/object-header.js';
import { missingPack, type PackSource, readBlock } from './pack/pack-reader.js';
import {
  findRecord,
  kindOfNumber,
  parseChunkList,
  parseRecipe,
  RECIPE_FLAG,
  type Recipe,
  type RecipeChunk,
  type StoredRecipe,
} from './pack/record.js';

const BLOCK_CACHE_BYTES = 16 << 20;
/** How often to follow an object from pack to pack. */
const MOST_ATTEMPTS = 8;

export interface StoredObject {
  readonly kind: ObjectKind;
  readonly content: Uint8Array;
}

export class ObjectReader {
  private readonly blocks = new Map<string, Uint8Array>();
  private cachedBytes = 0;

  constructor(
    private readonly source: PackSource,
    private index: ObjectIndex,
  ) {}

  /** Where `id` stands; `undefined` where the store doesn't know it. */
  async locate(id: ObjectId): Promise<Location | undefined> {
    try {
      return await this.index.find(id);
    } catch (error) {
      if (!isSavepointError(error, 'INDEX_CORRUPT')) throw error;
      this.index = (await openSoundIndex(this.source)).index;
      return this.index.find(id);
    }
  }

  /** The whole object, verified. Throws OBJECT_MISSING, PACK_MISSING, OBJECT_CORRUPT, BLOCK_CORRUPT or PACK_CORRUPT. */
  async read(id: ObjectId): Promise<StoredObject> {
    const record = await this.readRecord(id);
    if (!isRecipe(record)) return record;
    const found = await this.resolveRecipe(record);
    const content = new Uint8Array(found.sizeBytes);
    let offset = 0;
    for await (const chunk of this.streamChunks(found)) {
      content.set(chunk, offset);
      offset += chunk.length;
    }
    return { kind: found.kind, content };
  }

  /** The content of an object in pieces of at most 4 MiB; the whole is verified too, at the end of the stream. */
  async *stream(id: ObjectId): AsyncGenerator<Uint8Array> {
    const found = await this.readRecord(id);
    if (isRecipe(found)) yield* this.streamChunks(await this.resolveRecipe(found));
    else yield found.content;
  }

  /** The size of an object's content in bytes: by the index alone, or by the recipe of a large one. */
  async sizeBytes(id: ObjectId): Promise<number> {
    const location = await this.locate(id);
    if (location === undefined) throw missingObject(id);
    const { kind, lengthBytes } = location.entry;
    if ((kind & RECIPE_FLAG) === 0) return contentLength({ kind: kindOfNumber(kind), lengthBytes });
    return (await this.findRecipe(id))?.sizeBytes ?? 0;
  }

  /** The recipe of an object that is kept in chunks; `undefined` for any other. */
  async findRecipe(id: ObjectId): Promise<Recipe | undefined> {
    const found = await this.findStoredRecipe(id);
    return found === undefined ? undefined : this.resolveRecipe(found);
  }

  /** As `findRecipe`, as it is stored: of a very large object, lists of chunks. */
  async findStoredRecipe(id: ObjectId): Promise<StoredRecipe | undefined> {
    const found = await this.readRecord(id);
    return isRecipe(found) ? found : undefined;
  }

  /** Reads all that `stored` says an object is made of. Throws OBJECT_CORRUPT where that is another object. */
  async checkRecipe(stored: StoredRecipe): Promise<void> {
    for await (const _ of this.streamChunks(await this.resolveRecipe(stored)));
  }

  private async resolveRecipe(stored: StoredRecipe): Promise<Recipe> {
    const { id, kind, sizeBytes, parts } = stored;
    if (!stored.partsAreLists) return { id, kind, sizeBytes, chunks: parts };
    const chunks: RecipeChunk[] = [];
    for (const list of parts) {
      chunks.push(...parseChunkList(this.source.format, (await this.read(list.id)).content));
    }
    return { id, kind, sizeBytes, chunks };
  }

  private async *streamChunks(recipe: Recipe): AsyncGenerator<Uint8Array> {
    const hasher = createObjectHasher(this.source.platform, this.source.format, recipe);
    for (const chunk of recipe.chunks) {
      const { content } = await this.read(chunk.id);
      if (content.length !== chunk.lengthBytes) throw corruptObject(recipe.id);
      hasher.update(content);
      yield content;
    }
    if (hasher.digest() !== recipe.id) throw corruptObject(recipe.id);
  }

  /** A pack may have been merged into another one since the index was opened: then the index is opened again. */
  private async readRecord(id: ObjectId): Promise<StoredObject | StoredRecipe> {
    let location = await this.locate(id);
    if (location === undefined) {
      // It may have been stored since.
      this.index = await openIndex(this.source);
      location = await this.locate(id);
    }
    if (location === undefined) throw missingObject(id);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.readRecordAt(id, location);
      } catch (error) {
        if (!isSavepointError(error, 'PACK_MISSING') || attempt === MOST_ATTEMPTS) throw error;
        this.index = await openIndex(this.source);
        location = await this.locate(id);
        if (location === undefined || location.missing) throw error;
      }
    }
  }

  private async readRecordAt(id: ObjectId, location: Location): Promise<StoredObject | StoredRecipe> {
    const raw = await this.readBlock(location);
    const { entry } = location;
    const record = raw.subarray(entry.offset, entry.offset + entry.lengthBytes);
    const { platform, format } = this.source;
    if ((entry.kind & RECIPE_FLAG) !== 0) {
      const recipe = parseRecipe(platform, format, record);
      if (recipe.id !== id) throw corruptObject(id);
      return recipe;
    }
    if (platform.hash(format, record) !== id) throw corruptObject(id);
    const span = findRecord(record, 0, format);
    if (span === undefined) throw corruptObject(id);
    return { kind: span.kind, content: record.subarray(span.contentStart, span.end) };
  }

  private async readBlock(location: Location): Promise<Uint8Array> {
    if (location.missing) throw missingPack(location.packId);
    const key = `${location.packId}/${location.block.offset}`;
    const cached = this.blocks.get(key);
    if (cached !== undefined) {
      this.blocks.delete(key);
      this.blocks.set(key, cached);
      return cached;
    }
    const raw = await readBlock(this.source, location.packId, location.block);
    // Somebody else may have read the same block meanwhile.
    if (!this.blocks.has(key)) this.cachedBytes += raw.length;
    this.blocks.set(key, raw);
    for (const [oldest, bytes] of this.blocks) {
      if (this.cachedBytes <= BLOCK_CACHE_BYTES) break;
      this.blocks.delete(oldest);
      this.cachedBytes -= bytes.length;
    }
    return raw;
  }
}

function isRecipe(found: StoredObject | StoredRecipe): found is StoredRecipe {
  return 'parts' in found;
}

export function missingObject(id: ObjectId): SavepointError {
  return new SavepointError(
    'OBJECT_MISSING',
    `The object ${id} is not in the store. Run 'savepoint verify' to see which points and paths it hurts.`,
    { fields: { id } },
  );
}

export function corruptObject(id: ObjectId): SavepointError {
  return new SavepointError(
    'OBJECT_CORRUPT',
    `The object ${id} does not match its id. Run 'savepoint verify --data' to see which points and paths it hurts.`,
    { fields: { id } },
  );
}
