// A capturing thread: takes batches and chunks from the pool, one after the other, and writes packs of its own.
import { readSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { createChunkCutter } from '../../store/chunking/chunk-cutter.js';
import { joinKnownIds, type SharedKnownIds } from '../../store/index/known-ids.js';
import { ID_LENGTH_BYTES } from '../../store/object-id.js';
import { NOTHING_IS_NEW, ObjectWriter } from '../../store/object-writer.js';
import type { Recipe } from '../../store/pack/record.js';
import type { StoreSettings } from '../../store/store-settings.js';
import { createDiskBackend } from '../backends/disk-backend.js';
import { createNodePlatform } from '../node/node-platform.js';
import { answerRequests } from '../node/thread-pool.js';
import type { ReadBytes, RowSource } from '../state/read-rows.js';
import { captureBatch, type FileBatch } from './capture-batch.js';
import { FileCapturer } from './capture-file.js';
import { captureRows } from './capture-rows.js';

/** What a thread starts with. */
export interface CaptureStart {
  readonly directory: string;
  readonly settings: StoreSettings;
  readonly known: SharedKnownIds;
  readonly compressionLevel: number;
  readonly checkOneBlockIn: number;
  readonly idSalt: string | undefined;
  /** Only find out ids: keep nothing. */
  readonly hashOnly: boolean;
}

/** `tables` are those that the work's own claims fit into. */
export type CaptureRequest =
  | { readonly do: 'batch'; readonly batch: FileBatch; readonly tables: readonly SharedArrayBuffer[] }
  | { readonly do: 'chunk'; readonly bytes: Uint8Array; readonly tables: readonly SharedArrayBuffer[] }
  | { readonly do: 'rows'; readonly source: RowSource; readonly tables: readonly SharedArrayBuffer[] }
  | { readonly do: 'recipe'; readonly recipe: Recipe; readonly tables: readonly SharedArrayBuffer[] }
  | { readonly do: 'finish' }
  | { readonly do: 'abort' };

async function createPerform(start: CaptureStart): Promise<(request: CaptureRequest) => Promise<unknown>> {
  const platform = await createNodePlatform();
  const format = start.settings.objectFormat;
  const cutter = createChunkCutter(start.settings.chunking);
  const table = start.hashOnly ? undefined : joinKnownIds(platform, start.known);
  const writer = new ObjectWriter({
    backend: createDiskBackend({ directory: start.directory }),
    platform,
    format,
    packClass: 'data',
    compressionLevel: start.compressionLevel,
    checkOneBlockIn: start.checkOneBlockIn,
    idSalt: start.idSalt,
    known: table ?? NOTHING_IS_NEW,
    cutter,
  });
  const capturer = new FileCapturer({ platform, format, writer, cutter });
  return async (request) => {
    if ('tables' in request) table?.adopt(request.tables);
    switch (request.do) {
      case 'batch':
        return captureBatch(capturer, request.batch, ID_LENGTH_BYTES[format] * 2);
      case 'chunk':
        return capturer.captureChunk(request.bytes);
      case 'rows':
        return captureRows(capturer, request.source, readNow);
      case 'recipe':
        return writer.addRecipe(request.recipe);
      case 'finish':
        return { packs: await writer.finish(), ...writer.counts };
      case 'abort':
        return writer.abort();
    }
  };
}

/** A thread has nothing else to do meanwhile. */
const readNow: ReadBytes = (descriptor, into) => readSync(descriptor, into, 0, into.length, null);

if (!isMainThread && parentPort !== null) {
  answerRequests(parentPort, await createPerform(workerData as CaptureStart));
}
