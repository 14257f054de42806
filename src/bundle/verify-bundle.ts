// Checks every byte of a bundle without any store, and says what is in it.

import { corruptBundle } from '../../store/bundle/bundle-format.js';
import { ObjectReferences } from '../../store/bundle/object-references.js';
import type { ObjectFormat } from '../../store/object-id.js';
import type { BundleDescription } from './bundle-description.js';
import type { BundleProgress } from './create-bundle.js';
import { type BundleSource, openBundle } from './open-bundle.js';
import { readAll } from './read-all.js';

export interface VerifyBundleOptions {
  readonly onProgress?: (progress: BundleProgress) => void;
  readonly signal?: AbortSignal;
}

export interface VerifiedBundle extends BundleDescription {
  readonly objectFormat: ObjectFormat;
  readonly packs: number;
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Throws BUNDLE_CORRUPT where it is damaged, cut short, or lacks what its points need and no other point is said to have;
 * BUNDLE_NEWER, PATH_NOT_FOUND, ABORTED.
 */
export async function verifyBundle(
  source: BundleSource,
  options: VerifyBundleOptions = {},
): Promise<VerifiedBundle> {
  const bundle = await openBundle(source);
  try {
    const { points, requires, objectFormat, reading, platform } = bundle;
    const references = new ObjectReferences({ platform, format: objectFormat });
    for (const { id } of points) references.need(id);
    const counts = await readAll(reading, {
      signal: options.signal,
      // What it lacks may be part of the points that it builds on; then only its own points can be missed.
      onBlock: (block) => references.see(block, { follow: requires.length === 0 }),
      onProgress: (bytes) => options.onProgress?.({ bytes }),
    });
    const [missing] = references.missing;
    if (missing !== undefined)
      throw corruptBundle(`it lacks the object ${missing}, which a point in it needs`);
    return { points, requires, objectFormat, ...counts };
  } finally {
    await bundle.close();
  }
}
