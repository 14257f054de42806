// A thread that decodes blocks before they are asked for. Nothing but the thread itself imports this file.
import { isMainThread, workerData } from 'node:worker_threads';
import type { HeldFiles } from '../../store/backend.js';
import { type HashedBlock, hashBlock } from '../../store/blocks-ahead.js';
import { isSavepointError } from '../../store/errors.js';
import { packName } from '../../store/pack/pack-writer.js';
import { createNodePlatform } from '../node/node-platform.js';
import type { DecodingReply, DecodingRequest, DecodingStart } from './decoding-messages.js';
import { createDiskBackend } from './disk-backend.js';

async function answer({ directory, format, port, replies }: DecodingStart): Promise<void> {
  const source = {
    ...{ backend: createDiskBackend({ directory, readOnly: true }), format },
    platform: await createNodePlatform(),
  };
  const packs = new Map<string, HeldFiles>();
  const decode = async ({ place, memory }: DecodingRequest): Promise<HashedBlock | undefined> => {
    try {
      const held = packs.get(place.packId) ?? (await source.backend.hold([packName(place.packId)]));
      packs.set(place.packId, held);
      return hashBlock(source, { held, place, memory });
    } catch (error) {
      // Whoever asks for it will meet the same, and say so.
      if (isSavepointError(error)) return undefined;
      throw error;
    }
  };
  const reply = (message: DecodingReply) => {
    const memory = message.block === undefined ? message.memory : message.block.raw;
    port.postMessage(message, [memory.buffer]);
    Atomics.add(replies, 0, 1);
    Atomics.notify(replies, 0);
  };
  Atomics.add(replies, 0, 1);
  let queue = Promise.resolve();
  port.on('message', (request: DecodingRequest) => {
    queue = queue.then(async () => {
      const block = await decode(request);
      reply(
        block === undefined
          ? { place: request.place, memory: request.memory }
          : { place: request.place, block },
      );
    });
  });
}

if (!isMainThread) await answer(workerData as DecodingStart);
