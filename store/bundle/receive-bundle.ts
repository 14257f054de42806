// Takes the objects of a bundle into a store. What the store has is left out; nothing can be seen before the whole bundle
// has been read and found sound; and a large object is believed to be what its recipe says only once it was put together.

import { findMissing } from '../collect/find-missing.js';
import type { ReachableOptions } from '../collect/reachable.js';
import { checkAborted, isSavepointError } from '../errors.js';
import type { ObjectId } from '../object-id.js';
import { ObjectReader } from '../object-reader.js';
import type { PackClass } from '../pack/pack-format.js';
import { type FinishedPack, PackWriter, type PreparedPack } from '../pack/pack-writer.js';
import { parseRecipe, RECIPE_FLAG } from '../pack/record.js';
import type { StoreWrite } from '../store.js';
import { corruptBundle } from './bundle-format.js';
import type { BundleReading } from './read-bundle.js';
import type { BundleBlock } from './read-pack-blocks.js';

const PACK_TARGET_BYTES = 512 << 20;

export interface ReceiveOptions {
  /** The tags that the bundle is for: all that they lead to has to be there in the end. */
  readonly points: readonly ObjectId[];
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: ReachableOptions['signal'];
}

export interface ReceivedBundle {
  readonly objects: number;
  readonly newObjects: number;
  readonly storedBytes: number;
}

/** Stores, durably, what is new. Throws BUNDLE_CORRUPT, …; then nothing was published, or garbage at worst. */
export async function receiveBundle(
  write: StoreWrite,
  reading: BundleReading,
  options: ReceiveOptions,
): Promise<ReceivedBundle> {
  const receiver = new BundleReceiver(write);
  try {
    const blocks = reading.blocks();
    let next = await blocks.next();
    for (; next.done !== true; next = await blocks.next()) {
      checkAborted(options.signal);
      await receiver.take(next.value);
      options.onProgress?.(reading.offset);
    }
    await receiver.publish();
    await receiver.publishRecipes(options.signal);
    await requireWhole(write, options);
    const { newObjects, storedBytes } = receiver;
    return { objects: next.value.objects, newObjects, storedBytes };
  } catch (error) {
    await receiver.abort();
    throw error;
  }
}

interface WithheldRecipe {
  readonly packClass: PackClass;
  readonly kind: number;
  readonly record: Uint8Array;
}

class BundleReceiver {
  newObjects = 0;
  storedBytes = 0;
  private readonly writers = new Map<PackClass, PackWriter>();
  private prepared: PreparedPack[] = [];
  private readonly recipes = new Map<ObjectId, WithheldRecipe>();

  constructor(private readonly write: StoreWrite) {}

  async take({ packClass, stored, raw, records }: BundleBlock): Promise<void> {
    const fresh = records.filter((record) => {
      if ((record.kind & RECIPE_FLAG) === 0) return this.write.known.claim(this.makeRoomFor(record.id));
      const content = raw.slice(record.offset, record.offset + record.lengthBytes);
      if (!this.write.known.has(record.id))
        this.recipes.set(record.id, { packClass, kind: record.kind, record: content });
      return false;
    });
    if (fresh.length === 0) return;
    const writer = await this.writerFor(packClass);
    this.newObjects += fresh.length;
    if (fresh.length === records.length) await writer.addBlock(stored, { rawBytes: raw.length, records });
    else
      for (const record of fresh)
        await writer.addRecord(raw.subarray(record.offset, record.offset + record.lengthBytes), record);
  }

  /** Data packs, metadata packs, index. */
  async publish(): Promise<void> {
    for (const packClass of ['data', 'metadata'] as const) await this.prepare(packClass);
    const packs: FinishedPack[] = [];
    for (const pack of this.prepared) packs.push(await pack.commit());
    this.prepared = [];
    this.storedBytes += packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await this.write.publish(packs);
  }

  /** A wrong recipe would be taken for the object by all who save it later: so each is put together first. */
  async publishRecipes(signal: ReceiveOptions['signal']): Promise<void> {
    if (this.recipes.size === 0) return;
    const { store, known } = this.write;
    const reader = new ObjectReader(store, await store.openIndex());
    for (const [id, { packClass, kind, record }] of this.recipes) {
      checkAborted(signal);
      await this.checkRecipe(reader, id, record);
      if (!known.claim(this.makeRoomFor(id))) continue;
      await (await this.writerFor(packClass)).addRecord(record, { id, kind });
      this.newObjects++;
    }
    await this.publish();
  }

  async abort(): Promise<void> {
    for (const writer of this.writers.values()) await writer.abort();
    for (const pack of this.prepared) await pack.abort();
  }

  private async checkRecipe(reader: ObjectReader, id: ObjectId, record: Uint8Array): Promise<void> {
    const { platform, format } = this.write.store;
    try {
      await reader.checkRecipe(parseRecipe(platform, format, record));
    } catch (error) {
      if (!isSavepointError(error, 'OBJECT_MISSING', 'OBJECT_CORRUPT')) throw error;
      throw corruptBundle(`the large object ${id} is not what its pieces make`, { cause: error });
    }
  }

  private makeRoomFor(id: ObjectId): ObjectId {
    this.write.known.makeRoom(1);
    return id;
  }

  private async writerFor(packClass: PackClass): Promise<PackWriter> {
    const current = this.writers.get(packClass);
    if (current !== undefined && current.sizeBytes() < PACK_TARGET_BYTES) return current;
    await this.prepare(packClass);
    const { store, compressionLevel, checkOneBlockIn, idSalt } = this.write;
    const { backend, platform, format } = store;
    const writer = new PackWriter({
      ...{ backend, platform, format, packClass, compressionLevel, checkOneBlockIn, idSalt },
    });
    this.writers.set(packClass, writer);
    return writer;
  }

  private async prepare(packClass: PackClass): Promise<void> {
    const pack = await this.writers.get(packClass)?.prepare();
    this.writers.delete(packClass);
    if (pack !== undefined) this.prepared.push(pack);
  }
}

/** The bundle may name points that it does not hold whole. */
async function requireWhole({ store }: StoreWrite, { points, signal }: ReceiveOptions): Promise<void> {
  const missing = await findMissing(store, points, signal);
  if (missing === undefined) return;
  if (missing.cause !== undefined)
    throw corruptBundle('a point in it is not whole', { cause: missing.cause });
  throw corruptBundle(
    `the object ${missing.id}, which a point in it needs, is neither in it nor in this store`,
  );
}
