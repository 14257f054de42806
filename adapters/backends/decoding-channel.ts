// Between who wants blocks decoded ahead and the thread that does it; the thread is started when the first one is wanted.
import { availableParallelism } from 'node:os';
import type { ObjectFormat } from '../../store/object-id.js';
import { LateThread } from '../node/late-thread.js';
import type { DecodingEnd, DecodingStart } from './decoding-messages.js';

export class DecodingChannel {
  readonly end: DecodingEnd;
  private readonly thread = new LateThread(new URL('./decoding-thread.js', import.meta.url));

  constructor(private readonly store: { readonly directory: string; readonly format: ObjectFormat }) {
    this.end = { port: this.thread.port, replies: new Int32Array(new SharedArrayBuffer(4)) };
  }

  /** `undefined` where a thread more would only take time from the others. */
  static create(store: { directory: string; format: ObjectFormat }): DecodingChannel | undefined {
    return availableParallelism() > 1 ? new DecodingChannel(store) : undefined;
  }

  /** Starts the thread, once. */
  start(): void {
    this.thread.start({ ...this.store, replies: this.end.replies } satisfies Omit<DecodingStart, 'port'>);
  }

  stop(): Promise<void> {
    return this.thread.stop();
  }
}
