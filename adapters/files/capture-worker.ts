// A capturing thread: takes batches and chunks from the pool, one after the other, and writes packs of its own.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { createChunkCutter } from '../../store/chunking/chunk-cutter.js';
import { type ErrorCode, type ErrorFields, isSavepointError } from '../../store/errors.js';
import { joinKnownIds, type KnownIdTable, type SharedKnownIds } from '../../store/index/known-ids.js';
import { ID_LENGTH_BYTES } from '../../store/object-id.js';
import { NOTHING_IS_NEW, ObjectWriter } from '../../store/object-writer.js';
import type { StoreSettings } from '../../store/store-settings.js';
import { createDiskBackend } from '../backends/disk-backend.js';
import { createNodePlatform } from '../node/node-platform.js';
import { captureBatch, type FileBatch } from './capture-batch.js';
import { FileCapturer } from './capture-file.js';

/** What a thread starts with. */
export interface CaptureStart {
  readonly directory: string;
  readonly settings: StoreSettings;
  readonly known: SharedKnownIds;
  readonly compressionLevel: number;
  readonly checkOneBlockIn: number;
  /** Only find out ids: keep nothing. */
  readonly hashOnly: boolean;
}

export type CaptureRequest = { readonly number: number; readonly tables: readonly SharedArrayBuffer[] } & (
  | { readonly do: 'batch'; readonly batch: FileBatch }
  | { readonly do: 'chunk'; readonly bytes: Uint8Array }
  | { readonly do: 'finish' }
  | { readonly do: 'abort' }
);

export interface CaptureReply {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly fields: ErrorFields };
}

async function serve(start: CaptureStart, port: NonNullable<typeof parentPort>): Promise<void> {
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
    known: table ?? NOTHING_IS_NEW,
    cutter,
  });
  const capturer = new FileCapturer({ platform, format, writer, cutter });
  const idLength = ID_LENGTH_BYTES[format] * 2;
  let queue = Promise.resolve();
  port.on('message', (request: CaptureRequest) => {
    queue = queue.then(async () => port.postMessage(await answer(request, { capturer, writer, table, idLength })));
  });
}

interface Serving {
  readonly capturer: FileCapturer;
  readonly writer: ObjectWriter;
  readonly table: KnownIdTable | undefined;
  readonly idLength: number;
}

async function answer(request: CaptureRequest, serving: Serving): Promise<CaptureReply> {
  serving.table?.adopt(request.tables);
  try {
    return { number: request.number, result: await perform(request, serving) };
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    return { number: request.number, error: { code: error.code, message: error.message, fields: error.fields } };
  }
}

async function perform(request: CaptureRequest, { capturer, writer, idLength }: Serving): Promise<unknown> {
  switch (request.do) {
    case 'batch':
      return captureBatch(capturer, request.batch, idLength);
    case 'chunk':
      return capturer.captureChunk(request.bytes);
    case 'finish':
      return { packs: await writer.finish(), ...writer.counts };
    case 'abort':
      return writer.abort();
  }
}

if (!isMainThread && parentPort !== null) await serve(workerData as CaptureStart, parentPort);
