// Decoded blocks that are kept, bounded by their bytes: the one that was not asked for for longest goes first. Memory of those
// that go may be used again for those that come: clearing and collecting a mebibyte for each block costs more than decoding it.
import type { Location } from './index/object-index.js';
import { BLOCK_CAPACITY_BYTES } from './pack/block.js';

/** A decoded block, and the offsets of records in it that were hashed. */
export interface KeptBlock {
  readonly raw: Uint8Array;
  readonly verified: Set<number>;
}

export interface KeptBlocksOptions {
  readonly cacheBytes: number;
  /** Whether the memory of a block that goes is used again: then all views of it are over. */
  readonly reusesMemory: boolean;
  /** What a block holds, in `into` if that is given and the codec can. */
  readonly decode: (location: Location, into: Uint8Array | undefined) => Uint8Array;
}

export class KeptBlocks {
  private readonly blocks = new Map<string, KeptBlock>();
  private readonly spare: Uint8Array[] = [];
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
    const into = this.takeMemory(location.block.rawBytes);
    const block = { raw: this.options.decode(location, into), verified: new Set<number>() };
    this.blocks.set(key, block);
    this.keptBytes += block.raw.length;
    return block;
  }

  clear(): void {
    this.blocks.clear();
    this.spare.length = 0;
    this.keptBytes = 0;
  }

  /** Whatever the bound is, the block that was asked for last stays, as something may be about to look at it. */
  private makeRoom(forBytes: number): void {
    for (const [key, { raw }] of this.blocks) {
      if (this.keptBytes + forBytes <= this.options.cacheBytes || this.blocks.size <= 1) return;
      this.blocks.delete(key);
      this.keptBytes -= raw.length;
      const isWhole = raw.buffer.byteLength === BLOCK_CAPACITY_BYTES;
      if (this.options.reusesMemory && isWhole) this.spare.push(new Uint8Array(raw.buffer));
    }
  }

  private takeMemory(lengthBytes: number): Uint8Array | undefined {
    if (!this.options.reusesMemory || lengthBytes > BLOCK_CAPACITY_BYTES) return undefined;
    return this.spare.pop() ?? new Uint8Array(BLOCK_CAPACITY_BYTES);
  }
}
