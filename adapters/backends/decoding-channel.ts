// Between who wants blocks decoded ahead and the thread that does it; the thread is started when the first one is wanted.
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { ObjectFormat } from '../../store/object-id.js';
import type { DecodingEnd, DecodingStart } from './decoding-messages.js';

/** It leaves little garbage. */
const SMALL_HEAP = { maxYoungGenerationSizeMb: 4 };

export class DecodingChannel {
  readonly end: DecodingEnd;
  private readonly own: MessagePort;
  private worker: Worker | undefined;

  constructor(private readonly store: { readonly directory: string; readonly format: ObjectFormat }) {
    const { port1, port2 } = new MessageChannel();
    this.own = port2;
    this.end = { port: port1, replies: new Int32Array(new SharedArrayBuffer(4)) };
  }

  /** `undefined` where a thread more would only take time from the others. */
  static create(store: { directory: string; format: ObjectFormat }): DecodingChannel | undefined {
    return availableParallelism() > 1 ? new DecodingChannel(store) : undefined;
  }

  /** Starts the thread, once. */
  start(): void {
    if (this.worker !== undefined) return;
    const start: DecodingStart = { ...this.store, port: this.own, replies: this.end.replies };
    this.worker = new Worker(new URL('./decoding-thread.js', import.meta.url), {
      workerData: start,
      transferList: [this.own],
      trackUnmanagedFds: false,
      resourceLimits: SMALL_HEAP,
    });
    // Who waits for it in vain does the work itself.
    this.worker.on('error', () => undefined);
  }

  async stop(): Promise<void> {
    this.own.close();
    await this.worker?.terminate();
  }
}
