// Reads objects at once, for callers that can't wait: file systems, and functions that have to answer synchronously.
// The packs are held from the beginning, so that no merge and no garbage collection takes anything away from it. As in
// ObjectReader every read is verified; a record is hashed once for as long as its block is kept.
import type { HeldFiles } from './backend.js';
import type { BlocksAhead } from './blocks-ahead.js';
import { assert, SavepointError } from './errors.js';
import type { Location, ObjectIndex } from './index/object-index.js';
import { openSoundIndex } from './index/open-sound-index.js';
import { KeptBlocks } from './kept-blocks.js';
import type { ObjectId, ObjectKind } from './object-id.js';
import { corruptObject, missingObject, type StoredObject } from './object-reader.js';
import { contentLength } from './objects/object-header.js';
import { BLOCK_CAPACITY_BYTES, BLOCK_HEADER_BYTES, decodeBlock } from './pack/block.js';
import { inPack, missingPack, type PackSource } from './pack/pack-reader.js';
import { packName } from './pack/pack-writer.js';
import {
  findRecord,
  kindOfNumber,
  parseChunkList,
  parseRecipe,
  RECIPE_FLAG,
  type Recipe,
} from './pack/record.js';

const DEFAULT_CACHE_BYTES = 64 << 20;
/** Whoever looks at an object may look into some others meanwhile. */
const LEAST_TRANSIENT_BYTES = 16 << 20;
/** Recipes of large objects that are kept: each has 40 bytes a chunk, and more as it stands in memory. */
const MOST_RECIPES = 32;

interface KeptRecipe extends Recipe {
  /** Where each chunk starts, in bytes. */
  readonly starts: Float64Array;
}

export interface HeldReaderOptions {
  /** Bounds the decoded blocks that are kept: 64 MiB unless set. */
  readonly cacheBytes?: number;
  /** Whether all that is read is used up before much else is read, so that its memory can be used again. */
  readonly isTransient?: boolean;
  /** What decodes blocks ahead, for whoever reads on from one to the next: only where `isTransient`. */
  readonly ahead?: BlocksAhead;
}

export class HeldReader {
  private readonly blocks: KeptBlocks;
  private readonly recipes = new Map<ObjectId, KeptRecipe>();
  /** Where blocks are read to before they are decoded. */
  private readonly stored: Uint8Array | undefined;

  private constructor(
    readonly source: PackSource,
    private index: ObjectIndex,
    private held: HeldFiles,
    { cacheBytes = DEFAULT_CACHE_BYTES, isTransient = false, ahead }: HeldReaderOptions,
  ) {
    this.stored = isTransient ? new Uint8Array(BLOCK_CAPACITY_BYTES + BLOCK_HEADER_BYTES) : undefined;
    this.blocks = new KeptBlocks({
      cacheBytes: isTransient ? Math.max(cacheBytes, LEAST_TRANSIENT_BYTES) : cacheBytes,
      reusesMemory: isTransient,
      ahead: isTransient ? ahead : undefined,
      decode: (location, into) => this.decode(location, into),
    });
  }

  /** Holds all that is in the store now. */
  static async open(source: PackSource, options: HeldReaderOptions = {}): Promise<HeldReader> {
    const { index, held } = await holdAll(source);
    return new HeldReader(source, index, held, options);
  }

  /** Holds all that is in the store by now, and lets go of what is no longer needed by it. */
  async refresh(): Promise<void> {
    const { index, held } = await holdAll(this.source);
    this.held.close();
    this.index = index;
    this.held = held;
  }

  has(id: ObjectId): boolean {
    return this.index.findLoaded(id)?.missing === false;
  }

  /** The whole object. Throws OBJECT_MISSING, PACK_MISSING, OBJECT_CORRUPT, BLOCK_CORRUPT or PACK_CORRUPT. */
  read(id: ObjectId): StoredObject {
    const location = this.locate(id);
    if (!isRecipe(location)) return this.readRecord(id, location);
    const { kind, sizeBytes } = this.recipe(id, location);
    const content = this.readRange(id, { offset: 0, lengthBytes: sizeBytes });
    return { kind, content };
  }

  /** The size of an object's content in bytes. Throws as `read`. */
  sizeBytes(id: ObjectId): number {
    const location = this.locate(id);
    if (isRecipe(location)) return this.recipe(id, location).sizeBytes;
    const { kind, lengthBytes } = location.entry;
    return contentLength({ kind: kindOfNumber(kind), lengthBytes });
  }

  /**
   * `lengthBytes` bytes of an object's content from `offset`, or fewer at its end; of a large object only the chunks
   * that hold them are read, each of them verified. May be a view of what is kept: not to be written to.
   */
  readRange(id: ObjectId, range: { readonly offset: number; readonly lengthBytes: number }): Uint8Array {
    const location = this.locate(id);
    const end = range.offset + range.lengthBytes;
    if (!isRecipe(location)) return this.readRecord(id, location).content.subarray(range.offset, end);
    const { chunks, starts, sizeBytes } = this.recipe(id, location);
    const start = Math.min(range.offset, sizeBytes);
    const first = chunkAt(starts, start);
    const isInFirst =
      first < chunks.length && Math.min(end, sizeBytes) <= starts[first] + chunks[first].lengthBytes;
    if (isInFirst)
      return this.readChunk(id, chunks[first]).subarray(start - starts[first], end - starts[first]);
    const bytes = new Uint8Array(Math.min(end, sizeBytes) - start);
    for (let at = first; at < chunks.length && starts[at] < end; at++) {
      const from = Math.max(0, start - starts[at]);
      const content = this.readChunk(id, chunks[at]);
      bytes.set(content.subarray(from, end - starts[at]), starts[at] + from - start);
    }
    return bytes;
  }

  /** As `read`, of an object whose block is at hand; `undefined` where one would have to be decoded, and of large ones. */
  readKept(id: ObjectId): StoredObject | undefined {
    const location = this.index.findLoaded(id);
    if (location === undefined || isRecipe(location) || !this.blocks.has(location)) return undefined;
    return this.readRecord(id, location);
  }

  /** The kind of an object. Throws as `read`. */
  kind(id: ObjectId): ObjectKind {
    const location = this.locate(id);
    return isRecipe(location) ? this.recipe(id, location).kind : kindOfNumber(location.entry.kind);
  }

  /** Ids of objects that start with the hexadecimal digits `prefix`, at most `limit`. */
  findIdsWithPrefix(prefix: string, limit: number): ObjectId[] {
    return this.index.findLoadedIdsWithPrefix(prefix, limit);
  }

  /** Where an object's record stands. Throws as `read`. */
  locate(id: ObjectId): Location {
    const location = this.index.findLoaded(id);
    if (location === undefined) throw missingObject(id);
    if (location.missing) throw missingPack(location.packId);
    return location;
  }

  /** The recipe of an object that is kept in chunks; `undefined` for any other. Throws as `read`. */
  findRecipe(id: ObjectId): Recipe | undefined {
    const location = this.locate(id);
    return isRecipe(location) ? this.recipe(id, location) : undefined;
  }

  /** A block as the store has it, not decoded and not checked; in `into`, if that is long enough. Throws PACK_MISSING. */
  readStored({ packId, block }: Pick<Location, 'packId' | 'block'>, into?: Uint8Array): Uint8Array {
    const range = { offset: block.offset, lengthBytes: block.storedBytes };
    const bytes = this.held.read(packName(packId), into === undefined ? range : { ...range, into });
    if (bytes === undefined) throw missingPack(packId);
    return bytes;
  }

  close(): void {
    this.held.close();
    this.blocks.clear();
    this.recipes.clear();
  }

  private recipe(id: ObjectId, location: Location): KeptRecipe {
    const kept = this.recipes.get(id);
    if (kept !== undefined) return kept;
    const { platform, format } = this.source;
    const { raw } = this.blocks.get(location);
    const stored = parseRecipe(platform, format, recordOf(raw, location));
    if (stored.id !== id) throw corruptObject(id);
    const chunks = stored.partsAreLists
      ? stored.parts.flatMap((list) => parseChunkList(format, this.read(list.id).content))
      : stored.parts;
    const recipe = { id, kind: stored.kind, sizeBytes: stored.sizeBytes, chunks, starts: startsOf(chunks) };
    this.recipes.set(id, recipe);
    if (this.recipes.size > MOST_RECIPES) dropOldest(this.recipes);
    return recipe;
  }

  private readChunk(large: ObjectId, { id, lengthBytes }: Recipe['chunks'][number]): Uint8Array {
    const { content } = this.readRecord(id, this.locate(id));
    if (content.length !== lengthBytes) throw corruptObject(large);
    return content;
  }

  private readRecord(id: ObjectId, location: Location): StoredObject {
    const { platform, format } = this.source;
    const block = this.blocks.get(location);
    const record = recordOf(block.raw, location);
    const { offset } = location.entry;
    if (!block.verified.has(offset)) {
      const known = block.hashes?.get(offset);
      const hash = known?.lengthBytes === record.length ? known.id : platform.hash(format, record);
      if (hash !== id) throw corruptObject(id);
      block.verified.add(offset);
    }
    const span = findRecord(record, 0, format);
    assert(span !== undefined, 'a record that has its hash has a header');
    return { kind: span.kind, content: record.subarray(span.contentStart, span.end) };
  }

  private decode(location: Location, into: Uint8Array | undefined): Uint8Array {
    const { packId, block } = location;
    const stored = this.readStored(location, this.stored);
    try {
      const { role, raw } = decodeBlock(this.source.platform, stored, into);
      if (role === 'records' && raw.length === block.rawBytes) return this.own(raw, into);
      throw new SavepointError('BLOCK_CORRUPT', 'A block is not the one that was asked for.');
    } catch (error) {
      throw inPack(error, packId, block.offset);
    }
  }

  /** What is not compressed stands where it was read to, which the next block is read to. */
  private own(raw: Uint8Array, into: Uint8Array | undefined): Uint8Array {
    if (this.stored === undefined || raw.buffer !== this.stored.buffer) return raw;
    if (into === undefined) return raw.slice();
    into.set(raw);
    return into.subarray(0, raw.length);
  }
}

/** How often to follow packs that are merged while they are opened. */
const MOST_ATTEMPTS = 8;

async function holdAll(source: PackSource): Promise<{ index: ObjectIndex; held: HeldFiles }> {
  for (let attempt = 1; ; attempt++) {
    const { index } = await openSoundIndex(source);
    const packs = [...index.state.packs.keys()];
    const held = await source.backend.hold(packs.map(packName));
    const isWhole = packs.every((id) => held.read(packName(id), { offset: 0, lengthBytes: 1 }) !== undefined);
    if (isWhole || attempt === MOST_ATTEMPTS) return { index, held };
    held.close();
  }
}

function startsOf(chunks: Recipe['chunks']): Float64Array {
  const starts = new Float64Array(chunks.length);
  for (let at = 1; at < chunks.length; at++) starts[at] = starts[at - 1] + chunks[at - 1].lengthBytes;
  return starts;
}

/** The number of the chunk that holds byte `offset`; the last one for all bytes behind it. */
function chunkAt(starts: Float64Array, offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle] <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function isRecipe({ entry }: Location): boolean {
  return (entry.kind & RECIPE_FLAG) !== 0;
}

function recordOf(raw: Uint8Array, { entry }: Location): Uint8Array {
  return raw.subarray(entry.offset, entry.offset + entry.lengthBytes);
}

function dropOldest<K, V>(kept: Map<K, V>): V | undefined {
  for (const [key, value] of kept) {
    kept.delete(key);
    return value;
  }
  return undefined;
}
