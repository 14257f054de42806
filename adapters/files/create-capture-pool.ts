// Chooses how files are captured: by threads where the store is on a disk that they can open and there is enough to
// do to be worth starting them, else in this thread.
import { availableParallelism } from 'node:os';
import { ID_LENGTH_BYTES } from '../../store/object-id.js';
import { NOTHING_IS_NEW, ObjectWriter } from '../../store/object-writer.js';
import type { StoreWrite } from '../../store/store.js';
import { readLater } from '../state/read-rows.js';
import { captureBatch, type FileBatch } from './capture-batch.js';
import { FileCapturer } from './capture-file.js';
import { type CapturePool, ThreadedCapturePool } from './capture-pool.js';
import { captureRows } from './capture-rows.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';

export type { CapturePool } from './capture-pool.js';

const MOST_THREADS = 8;
/** Up to here a batch takes less time than it takes to start a thread. */
const SMALL_BYTES = 2 << 20;
const SMALL_FILES = 256;

export interface CapturePoolOptions {
  readonly write: StoreWrite;
  /** The store's directory; where this is missing the work is done in this thread. */
  readonly directory: string | undefined;
  /** Only find out ids: keep nothing. */
  readonly hashOnly?: boolean;
}

export function createCapturePool(options: CapturePoolOptions): CapturePool {
  const { write, directory, hashOnly = false } = options;
  const inline = createInlinePool(write, hashOnly);
  if (directory === undefined) return inline;
  const size = Math.max(1, Math.min(MOST_THREADS, availableParallelism()));
  return joinPools(inline, new ThreadedCapturePool({ write, directory, size, hashOnly }));
}

/** Small batches are done in this thread until a larger one has started the others. */
function joinPools(inline: CapturePool, threads: CapturePool): CapturePool {
  let started = false;
  const choose = (bytes: number, files: number) => {
    started ||= bytes > SMALL_BYTES || files > SMALL_FILES;
    return started ? threads : inline;
  };
  return {
    captureBatch: (batch) => choose(batchBytes(batch), batch.words.length / STATUS_WORDS).captureBatch(batch),
    captureChunk: (bytes) => choose(Number.POSITIVE_INFINITY, 1).captureChunk(bytes),
    captureRows: (source, expectedBytes) =>
      choose(Number.POSITIVE_INFINITY, 1).captureRows(source, expectedBytes),
    addRecipe: (recipe) => threads.addRecipe(recipe),
    ready: async () => {
      await inline.ready();
      await threads.ready();
    },
    finish: async () => {
      const results = [await inline.finish(), await threads.finish()];
      return {
        packs: results.flatMap(({ packs }) => packs),
        newObjects: results[0].newObjects + results[1].newObjects,
        newBytes: results[0].newBytes + results[1].newBytes,
      };
    },
    abort: async () => {
      await inline.abort();
      await threads.abort();
    },
  };
}

function batchBytes(batch: FileBatch): number {
  let bytes = 0;
  for (let at = 0; at < batch.words.length; at += STATUS_WORDS)
    bytes += readLongWord(batch.words, at + WORD.size);
  return bytes;
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
    captureRows: (source) => inTurn(() => captureRows(capturer, source, readLater)),
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
