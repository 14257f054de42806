// Chooses how files are captured: by threads where the store is on a disk that they can open, else in this thread.
import { availableParallelism } from 'node:os';
import { ID_LENGTH_BYTES } from '../../store/object-id.js';
import { NOTHING_IS_NEW, ObjectWriter } from '../../store/object-writer.js';
import type { StoreWrite } from '../../store/store.js';
import { captureBatch } from './capture-batch.js';
import { FileCapturer } from './capture-file.js';
import { type CapturePool, ThreadedCapturePool } from './capture-pool.js';

export type { CapturePool } from './capture-pool.js';

const MOST_THREADS = 8;

export interface CapturePoolOptions {
  readonly write: StoreWrite;
  /** The store's directory; where this is missing the work is done in this thread. */
  readonly directory: string | undefined;
  /** Only find out ids: keep nothing. */
  readonly hashOnly?: boolean;
}

export function createCapturePool(options: CapturePoolOptions): CapturePool {
  const { write, directory, hashOnly = false } = options;
  if (directory === undefined) return createInlinePool(write, hashOnly);
  const size = Math.max(1, Math.min(MOST_THREADS, availableParallelism()));
  return new ThreadedCapturePool({ write, directory, size, hashOnly });
}

/** Does the work in this thread, piece by piece. */
function createInlinePool(write: StoreWrite, hashOnly: boolean): CapturePool {
  const { platform, format } = write.store;
  const cutter = write.store.createCutter();
  const writer = hashOnly
    ? new ObjectWriter({ ...writerOptions(write), known: NOTHING_IS_NEW, cutter })
    : write.createWriter('data');
  const capturer = new FileCapturer({ platform, format, writer, cutter });
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  return {
    captureBatch: (batch) => inTurn(() => captureBatch(capturer, batch, ID_LENGTH_BYTES[format] * 2)),
    captureChunk: (bytes) => {
      const copy = new Uint8Array(bytes);
      return inTurn(() => capturer.captureChunk(copy));
    },
    addRecipe: (recipe) => inTurn(() => writer.addRecipe(recipe)),
    ready: async () => void (await queue),
    finish: () => inTurn(async () => ({ packs: await writer.finish(), ...writer.counts })),
    abort: () => inTurn(() => writer.abort()),
  };
}

function writerOptions(write: StoreWrite) {
  const { backend, platform, format } = write.store;
  const { compressionLevel, checkOneBlockIn } = write;
  return { backend, platform, format, packClass: 'data' as const, compressionLevel, checkOneBlockIn };
}
