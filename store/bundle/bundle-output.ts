// Where the bytes of a bundle go: hashed and counted on their way into a sink. To a pack writer it is a backend in which
// packs follow each other.
import type { BackendWriter } from '../backend.js';
import type { ReachableOptions } from '../collect/reachable.js';
import { checkAborted } from '../errors.js';
import type { Hasher, Platform } from '../platform.js';
import { digestBytes } from './bundle-format.js';

export interface BundleOutputOptions {
  /** Takes bytes in order; they may be overwritten once it has settled. */
  readonly sink: (bytes: Uint8Array) => Promise<void>;
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: ReachableOptions['signal'];
}

export class BundleOutput {
  bytes = 0;
  packs = 0;
  private readonly hasher: Hasher;

  constructor(
    platform: Platform,
    private readonly options: BundleOutputOptions,
  ) {
    this.hasher = platform.createHasher('sha256');
  }

  async write(bytes: Uint8Array): Promise<void> {
    checkAborted(this.options.signal);
    this.hasher.update(bytes);
    await this.pass(bytes);
  }

  async writeDigest(): Promise<void> {
    await this.pass(digestBytes(this.hasher.digest()));
  }

  /** For a pack writer: packs follow each other in the bundle, and become visible with it. */
  createWriter = async (): Promise<BackendWriter> => ({
    append: (bytes) => this.write(bytes),
    commit: async () => {
      this.packs++;
    },
    abort: async () => undefined,
  });

  private async pass(bytes: Uint8Array): Promise<void> {
    await this.options.sink(bytes);
    this.bytes += bytes.length;
    this.options.onProgress?.(this.bytes);
  }
}
