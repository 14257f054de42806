// Reads a bundle from front to back: what it says of itself, then block after block, each record checked by its id.
// Whoever works with blocks before the end has come must not let anybody see what becomes of them until then.
import { equalBytes } from '../names.js';
import type { ObjectFormat } from '../object-id.js';
import { PACK_HEADER_BYTES } from '../pack/pack-format.js';
import { BlockBuffers } from '../pack/pack-reader.js';
import type { Platform } from '../platform.js';
import { BundleBytes } from './bundle-bytes.js';
import {
  BUNDLE_DIGEST_BYTES,
  BUNDLE_HEAD_BYTES,
  BUNDLE_TRAILER_BYTES,
  type BundleCounts,
  beginsBundleTrailer,
  corruptBundle,
  digestBytes,
  parseBundleHead,
  parseBundleTrailer,
} from './bundle-format.js';
import { type BundleBlock, type BundleSource, readPackBlocks } from './read-pack-blocks.js';

/** A bundle whose header is read. */
export interface BundleReading {
  readonly format: ObjectFormat;
  /** Text that only the reader of points understands. */
  readonly description: string;
  /** How many bytes were read so far. */
  readonly offset: number;
  /** All blocks, once; the end comes only where the whole bundle is sound, and says what it held. Throws BUNDLE_CORRUPT. */
  blocks(): AsyncGenerator<BundleBlock, BundleCounts>;
  /** Lets go of the source. */
  close(): Promise<void>;
}

/** Throws BUNDLE_CORRUPT where `source` does not begin as a bundle does, BUNDLE_NEWER, and what `source` throws. */
export async function openBundleReading(
  platform: Platform,
  source: AsyncIterable<Uint8Array>,
): Promise<BundleReading> {
  const bytes = new BundleBytes(source, platform.createHasher('sha256'));
  try {
    const head = await bytes.take(BUNDLE_HEAD_BYTES);
    const { format, descriptionBytes } = parseBundleHead(platform, head);
    const whole = new Uint8Array(BUNDLE_HEAD_BYTES + descriptionBytes);
    whole.set(head);
    const text = await bytes.take(descriptionBytes, whole.subarray(BUNDLE_HEAD_BYTES));
    const digest = await bytes.take(BUNDLE_DIGEST_BYTES);
    if (!equalBytes(digest, digestBytes(platform.hash('sha256', whole))))
      throw corruptBundle('what it says of itself does not match its digest');
    const description = new TextDecoder().decode(text);
    return {
      ...{ format, description, close: () => bytes.close() },
      blocks: () => readBlocks({ platform, format, bytes }),
      get offset() {
        return bytes.offset;
      },
    };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function* readBlocks(source: BundleSource): AsyncGenerator<BundleBlock, BundleCounts> {
  const { bytes } = source;
  const buffers = new BlockBuffers();
  const counts = { packs: 0, objects: 0 };
  for (;;) {
    // The header of a pack or the beginning of the trailer: their first bytes tell.
    const begin = await bytes.take(PACK_HEADER_BYTES);
    if (beginsBundleTrailer(begin)) {
      await readTrailer(source, begin, counts);
      return counts;
    }
    counts.objects += yield* readPackBlocks(source, begin, buffers);
    counts.packs++;
  }
}

async function readTrailer({ bytes }: BundleSource, begin: Uint8Array, counts: BundleCounts): Promise<void> {
  const trailer = new Uint8Array(BUNDLE_TRAILER_BYTES);
  trailer.set(begin);
  await bytes.take(BUNDLE_TRAILER_BYTES - begin.length, trailer.subarray(begin.length));
  const digest = await bytes.takeUnhashed(BUNDLE_DIGEST_BYTES);
  if (!equalBytes(digest, digestBytes(bytes.digest())))
    throw corruptBundle('its bytes do not match its digest');
  const { packs, objects } = parseBundleTrailer(trailer);
  if (packs !== counts.packs || objects !== counts.objects)
    throw corruptBundle('it holds another number of objects than it says');
  await bytes.expectEnd();
}
