// A restoring thread. Nothing but the thread itself imports this file: it begins to answer when it is loaded.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { ObjectFormat } from '../../store/object-id.js';
import { createDiskBackend } from '../backends/disk-backend.js';
import { createNodePlatform } from '../node/node-platform.js';
import { answerRequests } from '../node/thread-pool.js';
import type { RestoreReply, RestoreRequest } from './restore-batch.js';
import { writeBlocks } from './write-blocks.js';

/** What a thread starts with. */
export interface RestoreStart {
  readonly directory: string;
  readonly format: ObjectFormat;
}

async function createPerform(
  start: RestoreStart,
): Promise<(request: RestoreRequest) => Promise<RestoreReply>> {
  const backend = createDiskBackend({ directory: start.directory, readOnly: true });
  const source = { backend, platform: await createNodePlatform(), format: start.format };
  return (request) => writeBlocks(source, request);
}

if (!isMainThread && parentPort !== null) {
  answerRequests(parentPort, await createPerform(workerData as RestoreStart));
}
