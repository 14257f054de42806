// The bytes of a bundle as they stream by: taken in pieces of exactly the length that is asked for, and hashed. Holds no
// more than the piece of the source that was read last.
import type { Hasher } from '../platform.js';
import { corruptBundle } from './bundle-format.js';

export class BundleBytes {
  /** How many were taken. */
  offset = 0;
  private readonly pieces: AsyncIterator<Uint8Array>;
  private piece: Uint8Array = new Uint8Array();

  constructor(
    source: AsyncIterable<Uint8Array>,
    private readonly hasher: Hasher,
  ) {
    this.pieces = source[Symbol.asyncIterator]();
  }

  /** The next `lengthBytes` bytes, in `into` where that is given. Throws BUNDLE_CORRUPT where there are fewer. */
  async take(lengthBytes: number, into: Uint8Array = new Uint8Array(lengthBytes)): Promise<Uint8Array> {
    const bytes = await this.takeUnhashed(lengthBytes, into);
    this.hasher.update(bytes);
    return bytes;
  }

  /** As `take`, for the digest itself. */
  async takeUnhashed(
    lengthBytes: number,
    into: Uint8Array = new Uint8Array(lengthBytes),
  ): Promise<Uint8Array> {
    for (let filled = 0; filled < lengthBytes; ) {
      if (this.piece.length === 0 && !(await this.readOn()))
        throw corruptBundle('it ends too early', { offset: this.offset + filled });
      const part = this.piece.subarray(0, lengthBytes - filled);
      into.set(part, filled);
      this.piece = this.piece.subarray(part.length);
      filled += part.length;
    }
    this.offset += lengthBytes;
    return into.subarray(0, lengthBytes);
  }

  /** Throws BUNDLE_CORRUPT where anything follows. */
  async expectEnd(): Promise<void> {
    if (this.piece.length > 0 || (await this.readOn()))
      throw corruptBundle('something follows behind its end', { offset: this.offset });
  }

  /** The digest of all that was taken. */
  digest(): string {
    return this.hasher.digest();
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.pieces.return?.();
  }

  private async readOn(): Promise<boolean> {
    for (;;) {
      const next = await this.pieces.next();
      if (next.done === true) return false;
      this.piece = next.value;
      if (this.piece.length > 0) return true;
    }
  }
}
