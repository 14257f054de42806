// A thread that helps another one, and is started when that first has something for it to do: messages to it wait until then.
// Who is helped may never return to its event loop, so a third one has the thread.
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';

/** Such a thread leaves little garbage. */
const SMALL_HEAP = { maxYoungGenerationSizeMb: 4 };

export class LateThread {
  /** For who is helped; it has to be transferred. */
  readonly port: MessagePort;
  private readonly own: MessagePort;
  private worker: Worker | undefined;

  constructor(private readonly script: URL) {
    const { port1, port2 } = new MessageChannel();
    [this.port, this.own] = [port1, port2];
  }

  /** Starts it, once, with `data` and its port. */
  start(data: object): void {
    if (this.worker !== undefined) return;
    try {
      this.worker = new Worker(this.script, {
        ...{ workerData: { ...data, port: this.own }, transferList: [this.own] },
        ...{ trackUnmanagedFds: false, resourceLimits: SMALL_HEAP },
      });
    } catch (error) {
      // Who was to be helped has ended, and its end of the channel with it.
      if (error instanceof DOMException && error.name === 'DataCloneError') return;
      throw error;
    }
    // Who is helped does without it.
    this.worker.on('error', () => undefined);
  }

  async stop(): Promise<void> {
    this.own.close();
    await this.worker?.terminate();
  }
}
