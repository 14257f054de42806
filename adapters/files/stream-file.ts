// Feeds a large file through the chunk cutter, window by window. Holes are not read: they are zeros.
import type { LargeObject } from '../../store/large-object.js';
import { seekData, seekHole } from '../node/posix-storage.js';
import { readFully } from './read-stable.js';

export const WINDOW_BYTES = 8 << 20;

/** Feeds the first `sizeBytes` bytes of an open file to `large`; answers false where the file has fewer. */
export async function streamFile(
  descriptor: number,
  stream: { readonly sizeBytes: number; readonly window: Buffer; readonly large: LargeObject },
): Promise<boolean> {
  const { sizeBytes, window, large } = stream;
  const reader = new HoleSkipper(descriptor);
  let read = 0;
  let kept = 0;
  while (read < sizeBytes) {
    const wanted = Math.min(window.length - kept, sizeBytes - read);
    const got = reader.read(window.subarray(kept, kept + wanted), read);
    if (got < wanted) return false;
    read += got;
    const filled = kept + got;
    const used = await large.take(window.subarray(0, filled), read === sizeBytes);
    window.copyWithin(0, used, filled);
    kept = filled - used;
  }
  return true;
}

/** Reads a file from front to back; asks where the next data is only when it gets there. */
class HoleSkipper {
  /** Up to here the file is known to be data (or, where `inHole`, zeros). */
  private knownEnd = 0;
  private inHole = false;

  constructor(private readonly descriptor: number) {}

  read(target: Buffer, position: number): number {
    let filled = 0;
    while (filled < target.length) {
      const at = position + filled;
      if (at >= this.knownEnd) this.look(at);
      const part = target.subarray(filled, Math.min(target.length, this.knownEnd - position));
      if (this.inHole) part.fill(0);
      const got = this.inHole ? part.length : readFully(this.descriptor, part, at);
      filled += got;
      if (got < part.length) break;
    }
    return filled;
  }

  private look(at: number): void {
    const data = seekData(this.descriptor, at);
    this.inHole = data !== at;
    const end = this.inHole ? data : seekHole(this.descriptor, at);
    // A hole at the end, or a file that has become shorter: the next read tells which.
    this.knownEnd = end ?? Number.POSITIVE_INFINITY;
    if (end === undefined) this.inHole = false;
  }
}
