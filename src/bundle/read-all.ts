// Reads a bundle to its end, so that all of it is checked, and keeps nothing but what it was asked to count.
import type { BundleCounts } from '../../store/bundle/bundle-format.js';
import type { BundleReading } from '../../store/bundle/read-bundle.js';
import type { BundleBlock } from '../../store/bundle/read-pack-blocks.js';
import { checkAborted } from '../../store/errors.js';

export interface ReadAllOptions {
  readonly onBlock?: (block: BundleBlock) => void;
  /** Told how many bytes were read so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Throws BUNDLE_CORRUPT, and what its source throws. */
export async function readAll(
  reading: BundleReading,
  options: ReadAllOptions = {},
): Promise<BundleCounts & { readonly bytes: number }> {
  const blocks = reading.blocks();
  let next = await blocks.next();
  for (; next.done !== true; next = await blocks.next()) {
    checkAborted(options.signal);
    options.onBlock?.(next.value);
    options.onProgress?.(reading.offset);
  }
  return { ...next.value, bytes: reading.offset };
}
