// Between the thread that serves a mount and the one that gives the kernel contents; the latter is started when there are any.
import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { LateThread } from '../node/late-thread.js';
import type { StoringStart } from './storing-thread.js';

export class StoringChannel {
  private readonly thread = new LateThread(new URL('./storing-thread.js', import.meta.url));

  /** `undefined` where a thread more would only take time from the others. */
  static create(): StoringChannel | undefined {
    return availableParallelism() > 1 ? new StoringChannel() : undefined;
  }

  /** For the serving thread; it has to be transferred. */
  get port(): MessagePort {
    return this.thread.port;
  }

  /** Starts the thread, once, for an open device. */
  start(descriptor: number): void {
    this.thread.start({ descriptor } satisfies Omit<StoringStart, 'port'>);
  }

  stop(): Promise<void> {
    return this.thread.stop();
  }
}
