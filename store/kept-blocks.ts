// Decoded blocks that are kept, bounded by their bytes: the one that was not asked for for longest goes first. Memory of those
// that go may be used again for those that come: clearing and collecting a mebibyte for each block costs more than decoding it.
import type { BlocksAhead } from './blocks-ahead.js';
import type { Location } from './index/object-index.js';
import type { ObjectId } from './object-id.js';
import { BLOCK_CAPACITY_BYTES } from './pack/block.js';

export interface KeptBlock {
  readonly raw: Uint8Array;
  /** The offsets of records that hash to what was asked for. */
  readonly verified: Set<number>;
  /** What records hash to, as far as another thread has seen to that: by their offset. */
  readonly hashes: ReadonlyMap<number, HashedRecord> | undefined;
}

export interface HashedRecord {
  readonly id: ObjectId;
  readonly lengthBytes: number;
}

export interface KeptBlocksOptions {
  readonly cacheBytes: number;
  /** Whether the memory of a block that goes is used again: then all views of it are over. */
  readonly reusesMemory: boolean;
  /** What a block holds, in `into` if that is given and the codec can. */
  readonly decode: (location: Location, into: Uint8Array | undefined) => Uint8Array;
  /** Where blocks can be decoded ahead: for memory that is used again only. */
  readonly ahead?: BlocksAhead | undefined;
}

export class KeptBlocks {
  private readonly blocks = new Map<string, KeptBlock>();
  private readonly spare: Uint8Array<ArrayBuffer>[] = [];
  /** Where the block ends that was last read of each pack. */
  private readonly ends = new Map<string, number>();
  private keptBytes = 0;

  constructor(private readonly options: KeptBlocksOptions) {}

  get(location: Location): KeptBlock {
    const key = `${location.packId}/${location.block.offset}`;
    const kept = this.blocks.get(key);
    if (kept !== undefined) {
      this.blocks.delete(key);
      this.blocks.set(key, kept);
      return kept;
    }
    this.makeRoom(location.block.rawBytes);
    const block = this.takeAhead(location) ?? this.decode(location);
    this.blocks.set(key, block);
    this.keptBytes += block.raw.length;
    this.requestAhead(location);
    return block;
  }

  private decode(location: Location): KeptBlock {
    const into = this.takeMemory(location.block.rawBytes);
    return { raw: this.options.decode(location, into), verified: new Set(), hashes: undefined };
  }

  private takeAhead({ packId, block: { offset, rawBytes } }: Location): KeptBlock | undefined {
    const found = this.options.ahead?.take({ packId, offset });
    // What is not as long as the index says is for `decode` to refuse.
    if (found?.raw.length !== rawBytes) return undefined;
    const hashes = new Map<number, HashedRecord>();
    found.ids.forEach((id, number) => {
      hashes.set(found.places[2 * number], { id, lengthBytes: found.places[2 * number + 1] });
    });
    return { raw: found.raw, verified: new Set(), hashes };
  }

  /** Only whoever reads on from one block to the next is likely to go on. */
  private requestAhead({ packId, block }: Location): void {
    const { ahead } = this.options;
    const end = block.offset + block.storedBytes;
    const before = this.ends.get(packId);
    this.ends.set(packId, end);
    if (ahead === undefined || before !== block.offset) return;
    ahead.request({ packId, offset: end }, this.spare.pop());
  }

  /** Whether the block is here, and nothing has to be decoded for it. */
  has({ packId, block }: Location): boolean {
    return this.blocks.has(`${packId}/${block.offset}`);
  }

  clear(): void {
    this.blocks.clear();
    this.spare.length = 0;
    this.ends.clear();
    this.keptBytes = 0;
  }

  /** Whatever the bound is, the block that was asked for last stays, as something may be about to look at it. */
  private makeRoom(forBytes: number): void {
    for (const [key, { raw }] of this.blocks) {
      if (this.keptBytes + forBytes <= this.options.cacheBytes || this.blocks.size <= 1) return;
      this.blocks.delete(key);
      this.keptBytes -= raw.length;
      const isWhole = raw.buffer.byteLength === BLOCK_CAPACITY_BYTES;
      if (this.options.reusesMemory && isWhole) this.spare.push(new Uint8Array(raw.buffer as ArrayBuffer));
    }
  }

  private takeMemory(lengthBytes: number): Uint8Array<ArrayBuffer> | undefined {
    if (!this.options.reusesMemory || lengthBytes > BLOCK_CAPACITY_BYTES) return undefined;
    return this.spare.pop() ?? new Uint8Array(BLOCK_CAPACITY_BYTES);
  }
}
