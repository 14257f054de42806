// Writes one pack: records gather in a block buffer, where they are hashed in place (the record is the header and
// content that git hashes), full blocks are compressed and appended, the table of contents goes last. Nothing is
// visible before `finish`, which returns once the pack is durable, or before what `prepare` answers is committed.
import type { Backend, BackendWriter } from '../backend.js';
import { assert } from '../errors.js';
import type { ObjectFormat, ObjectId, ObjectKind } from '../object-id.js';
import { LONGEST_HEADER_BYTES, objectHeaderLength, writeObjectHeader } from '../objects/object-header.js';
import type { Platform } from '../platform.js';
import { BLOCK_CAPACITY_BYTES, checkEncodedBlock, encodeBlock, LARGEST_RECORD_BYTES } from './block.js';
import { EntryBuffer } from './entry.js';
import {
  encodePackHeader,
  encodePackTrailer,
  encodeTable,
  PACK_HEADER_BYTES,
  type PackClass,
  type TableBlock,
  type TableOfContents,
} from './pack-format.js';
import { encodeRecipe, kindNumber, RECIPE_FLAG, type StoredRecipe } from './record.js';

export interface PackWriterOptions {
  readonly backend: Pick<Backend, 'createWriter'>;
  readonly platform: Platform;
  readonly format: ObjectFormat;
  readonly packClass: PackClass;
  readonly compressionLevel: number;
  /** Decode and compare every block (1), or one in so many, before the pack is published. */
  readonly checkOneBlockIn: number;
  /** Makes the pack's id differ from that of a pack with equal content. */
  readonly idSalt?: string | undefined;
}

/** A pack that is durable and readable under `packs/<id>.pack`. */
export interface FinishedPack {
  readonly id: string;
  readonly packClass: PackClass;
  readonly sizeBytes: number;
  readonly table: TableOfContents;
}

/** A pack that is written, and that nobody sees yet. */
export interface PreparedPack {
  /** Makes it durable and visible. */
  commit(): Promise<FinishedPack>;
  abort(): Promise<void>;
}

/** A record of a block, by its place there. */
export interface BlockRecord {
  readonly id: ObjectId;
  readonly kind: number;
  readonly offset: number;
  readonly lengthBytes: number;
}

export class PackWriter {
  private writer: BackendWriter | undefined;
  private failure: unknown;
  private readonly block = new Uint8Array(LARGEST_RECORD_BYTES);
  private filled = 0;
  private recordsInBlock = 0;
  private pending = { start: 0, contentStart: 0, kind: 'blob' as ObjectKind, end: 0 };
  private readonly blocks: TableBlock[] = [];
  private readonly entries: EntryBuffer;
  private offset = PACK_HEADER_BYTES;

  constructor(private readonly options: PackWriterOptions) {
    this.entries = new EntryBuffer(options.format);
  }

  /** Whether `flush` is due before a record with so much content can be reserved. */
  needsFlush(contentBytes: number): boolean {
    return this.filled > 0 && this.filled + LONGEST_HEADER_BYTES + contentBytes > BLOCK_CAPACITY_BYTES;
  }

  /** Room for an object's content, in the block itself: fill it, then `seal`. Reserving again starts over. */
  reserve(kind: ObjectKind, contentBytes: number): Uint8Array {
    assert(!this.needsFlush(contentBytes), 'a block must be flushed before the next record');
    assert(
      contentBytes + LONGEST_HEADER_BYTES <= LARGEST_RECORD_BYTES,
      'a record is longer than a block can be',
    );
    const header = { kind, sizeBytes: contentBytes };
    const contentStart = this.filled + objectHeaderLength(header);
    writeObjectHeader(this.block, this.filled, header);
    this.pending = { start: this.filled, contentStart, kind, end: contentStart + contentBytes };
    return this.block.subarray(contentStart, this.pending.end);
  }

  /** The id of the object that was reserved and filled. It is not part of the pack before `keep`. */
  seal(): ObjectId {
    const { start, end } = this.pending;
    return this.options.platform.hash(this.options.format, this.block.subarray(start, end)) as ObjectId;
  }

  /** Takes the sealed object into the pack. Leaving this out drops it: the next reservation overwrites it. */
  keep(id: ObjectId): void {
    const { start, kind, end } = this.pending;
    this.enter({ id, kind: kindNumber(kind), lengthBytes: end - start });
    this.filled = end;
  }

  /** Adds the recipe of a large object, whose chunks are objects of this or another pack. */
  async addRecipe(recipe: StoredRecipe): Promise<void> {
    const record = encodeRecipe(this.options.platform, this.options.format, recipe);
    assert(record.length <= LARGEST_RECORD_BYTES, 'a recipe is longer than a block can be');
    if (this.needsFlush(record.length)) await this.flush();
    this.block.set(record, this.filled);
    this.enter({ id: recipe.id, kind: kindNumber(recipe.kind) | RECIPE_FLAG, lengthBytes: record.length });
    this.filled += record.length;
  }

  /** Copies a record that another pack holds, as it is. */
  async addRecord(record: Uint8Array, place: { id: ObjectId; kind: number }): Promise<void> {
    if (this.needsFlush(record.length)) await this.flush();
    this.block.set(record, this.filled);
    this.enter({ ...place, lengthBytes: record.length });
    this.filled += record.length;
  }

  /** Copies a whole block that another pack holds, as it is stored there. */
  async addBlock(
    stored: Uint8Array,
    block: { readonly rawBytes: number; readonly records: readonly BlockRecord[] },
  ): Promise<void> {
    await this.flush();
    const { rawBytes, records } = block;
    for (const record of records) this.entries.append({ ...record, block: this.blocks.length });
    this.blocks.push({ offset: this.offset, storedBytes: stored.length, rawBytes });
    await this.append(stored);
  }

  /** Compresses and appends the block as far as it is filled. */
  async flush(): Promise<void> {
    if (this.filled === 0) return;
    const { platform, compressionLevel, checkOneBlockIn } = this.options;
    const raw = this.block.subarray(0, this.filled);
    const encoded = encodeBlock(platform, compressionLevel, {
      role: 'records',
      raw,
      recordCount: this.recordsInBlock,
    });
    if (this.blocks.length % checkOneBlockIn === 0) checkEncodedBlock(platform, encoded, raw);
    this.blocks.push({ offset: this.offset, storedBytes: encoded.length, rawBytes: raw.length });
    await this.append(encoded);
    this.filled = 0;
    this.recordsInBlock = 0;
  }

  /** Makes the pack durable and visible; `undefined` where nothing was kept. */
  async finish(): Promise<FinishedPack | undefined> {
    return (await this.prepare())?.commit();
  }

  /** Writes all there is to write; `undefined` where nothing was kept. What it answers keeps no block in memory. */
  async prepare(): Promise<PreparedPack | undefined> {
    await this.flush();
    if (this.entries.count === 0) return undefined;
    const { platform, format, packClass } = this.options;
    const table = { blocks: this.blocks, entries: this.entries.appended() };
    const raw = encodeTable(table, format);
    const tableOffset = this.offset;
    const encoded = encodeBlock(platform, 1, { role: 'table', raw, recordCount: this.entries.count });
    checkEncodedBlock(platform, encoded, raw);
    await this.append(encoded);
    await this.append(encodePackTrailer(platform, { offset: tableOffset, storedBytes: encoded.length }));
    const id = packId(platform, raw, this.options.idSalt);
    return preparedPack(this.writer, { id, packClass, sizeBytes: this.offset, table });
  }

  /** How long the pack is so far, without the block that is being filled. */
  sizeBytes(): number {
    return this.offset;
  }

  /** Drops everything that is not finished. */
  async abort(): Promise<void> {
    await this.writer?.abort();
  }

  private enter(record: { id: ObjectId; kind: number; lengthBytes: number }): void {
    this.entries.append({ ...record, block: this.blocks.length, offset: this.filled });
    this.recordsInBlock++;
  }

  private async append(bytes: Uint8Array): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    try {
      await this.write(bytes);
    } catch (error) {
      // The backend's writer has ended by that: whoever goes on is told the same again.
      this.failure = error;
      throw error;
    }
  }

  private async write(bytes: Uint8Array): Promise<void> {
    if (this.writer === undefined) {
      const { backend, platform, format, packClass } = this.options;
      this.writer = await backend.createWriter();
      await this.writer.append(encodePackHeader(platform, format, packClass));
    }
    await this.writer.append(bytes);
    this.offset += bytes.length;
  }
}

function preparedPack(writer: BackendWriter | undefined, pack: FinishedPack): PreparedPack {
  return {
    async commit() {
      await writer?.commit(packName(pack.id));
      return pack;
    },
    abort: async () => writer?.abort(),
  };
}

/** The first half of the hash of the table, which holds the ids of all that is in the pack. */
function packId(platform: Platform, table: Uint8Array, salt: string | undefined): string {
  const digest = platform.hash('sha256', table);
  if (salt === undefined) return digest.slice(0, 32);
  return platform.hash('sha256', new TextEncoder().encode(digest + salt)).slice(0, 32);
}

/** The file name of a pack. */
export function packName(id: string): string {
  return `packs/${id}.pack`;
}
