// A thread that gives the kernel contents before they are asked for (FUSE_NOTIFY_STORE). It is one of its own, as the kernel
// lets it wait for pages that it is asking the serving thread for. Nothing but the thread itself imports this file.
import { writeSync } from 'node:fs';
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import { errnoOf } from '../node/posix-error.js';

/** What the thread starts with: the device, and where contents come from. */
export interface StoringStart {
  readonly descriptor: number;
  readonly port: MessagePort;
}

/** Messages to the kernel, one behind the other, which end at `ends`. The memory goes back when they are sent. */
export interface StoredContents {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
}

function store({ descriptor, port }: StoringStart): void {
  port.on('message', ({ bytes, ends }: StoredContents) => {
    let start = 0;
    for (const end of ends) {
      send(descriptor, bytes.subarray(start, end));
      start = end;
    }
    port.postMessage(bytes, [bytes.buffer]);
  });
}

/** The kernel refuses what it does not know (any more), and everything once it is unmounted: then it will ask, or not. */
function send(descriptor: number, message: Uint8Array): void {
  try {
    writeSync(descriptor, message);
  } catch (error) {
    errnoOf(error);
  }
}

if (!isMainThread) store(workerData as StoringStart);
