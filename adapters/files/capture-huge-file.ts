// Captures a very large file: this thread reads, hashes the whole and cuts; all capturing threads hash, look up and
// compress the chunks.
import type { ChunkCutter } from '../../store/chunking/chunk-cutter.js';
import { LargeObject } from '../../store/large-object.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import type { Platform } from '../../store/platform.js';
import type { Entry } from '../node/posix-place.js';
import type { CapturePool } from './capture-pool.js';
import { type CapturedFile, readStable } from './read-stable.js';
import { streamFile, WINDOW_BYTES } from './stream-file.js';

/** Files from this size on are worth the work of all threads. */
export const HUGE_FILE_BYTES = 32 << 20;

export interface HugeFileMeans {
  readonly pool: CapturePool;
  readonly platform: Platform;
  readonly format: ObjectFormat;
  readonly cutter: ChunkCutter;
}

/** Captures the file `entry`, which had the status `words` when it was found. Throws what the calls throw. */
export function captureHugeFile(
  entry: Entry,
  words: Int32Array,
  means: HugeFileMeans,
): Promise<CapturedFile> {
  const window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  return readStable(entry, words, async (descriptor, sizeBytes) => {
    const ids: Promise<ObjectId>[] = [];
    const addChunk = async (bytes: Uint8Array) => {
      await means.pool.ready();
      const id = means.pool.captureChunk(bytes);
      id.catch(() => undefined); // awaited below, or the pool has failed as a whole
      ids.push(id);
    };
    const large = new LargeObject({ ...means, kind: 'blob', sizeBytes, addChunk });
    const whole = await streamFile(descriptor, { sizeBytes, window, large });
    const known = await Promise.all(ids);
    if (!whole) return undefined;
    const recipe = large.finish(known);
    await means.pool.addRecipe(recipe);
    return recipe.id;
  });
}
