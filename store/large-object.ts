// Cuts the content of a large object into chunks as it streams by, hashes the whole, and ends with its recipe.
// The bytes are held only as long as it takes to find the next cut.
import type { ChunkCutter } from './chunking/chunk-cutter.js';
import { assert } from './errors.js';
import type { ObjectFormat, ObjectId, ObjectKind } from './object-id.js';
import { createObjectHasher } from './objects/object-header.js';
import type { Recipe } from './pack/record.js';
import type { Hasher, Platform } from './platform.js';

/** Objects longer than this are cut. */
export const LARGE_OBJECT_BYTES = 1 << 20;

export interface LargeObjectOptions {
  readonly platform: Platform;
  readonly format: ObjectFormat;
  readonly cutter: ChunkCutter;
  readonly kind: ObjectKind;
  readonly sizeBytes: number;
  /** Takes one chunk, in order; it may hold up the next one, and must not keep `bytes` after it is done. */
  readonly addChunk: (bytes: Uint8Array) => Promise<void>;
}

export class LargeObject {
  private readonly hasher: Hasher;
  private readonly chunkLengths: number[] = [];
  private hashedBytes = 0;
  private cutBytes = 0;

  constructor(private readonly options: LargeObjectOptions) {
    this.hasher = createObjectHasher(options.platform, options.format, options);
  }

  /**
   * Takes the content that follows what was cut so far: `window` starts at the first byte that no chunk holds yet.
   * Returns how many of its bytes are cut; the caller keeps the rest in front of what it reads next.
   */
  async take(window: Uint8Array, final: boolean): Promise<number> {
    this.hasher.update(window.subarray(this.hashedBytes - this.cutBytes));
    this.hashedBytes = this.cutBytes + window.length;
    let used = 0;
    for (const length of this.options.cutter.cutAll(window, final)) {
      this.chunkLengths.push(length);
      await this.options.addChunk(window.subarray(used, used + length));
      used += length;
    }
    this.cutBytes += used;
    return used;
  }

  /** The recipe of the whole, from the ids of the chunks in the order in which they were given to `addChunk`. */
  finish(chunkIds: readonly ObjectId[]): Recipe {
    assert(this.cutBytes === this.options.sizeBytes, 'a large object was not taken whole');
    assert(chunkIds.length === this.chunkLengths.length, 'a chunk has no id');
    const chunks = chunkIds.map((id, i) => ({ id, lengthBytes: this.chunkLengths[i] }));
    return {
      id: this.hasher.digest() as ObjectId,
      kind: this.options.kind,
      sizeBytes: this.options.sizeBytes,
      chunks,
    };
  }
}
