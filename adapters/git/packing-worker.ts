// A packing thread. Nothing but the thread itself imports this file: it begins to answer when it is loaded.
import { isMainThread, parentPort, type TransferListItem, workerData } from 'node:worker_threads';
import { createNodePlatform } from '../node/node-platform.js';
import { answerRequests } from '../node/thread-pool.js';
import {
  type PackedObjects,
  type PackedPiece,
  type PackingFormats,
  type PackingRequest,
  packBlock,
  packPiece,
} from './pack-block.js';

if (!isMainThread && parentPort !== null) {
  const platform = await createNodePlatform();
  const formats = workerData as PackingFormats;
  answerRequests<PackingRequest>(
    parentPort,
    async (request) =>
      request.kind === 'objects'
        ? packBlock(platform, formats, request)
        : packPiece(platform, formats.from, request),
    (result) => buffersOf(result as PackedObjects | PackedPiece),
  );
}

function buffersOf(result: PackedObjects | PackedPiece): TransferListItem[] {
  const large = 'bytes' in result ? [result.bytes] : [result.content, result.deflated];
  return large.map(({ buffer }) => buffer as ArrayBuffer);
}
