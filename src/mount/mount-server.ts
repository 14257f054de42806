// The thread that serves a mount, from outside.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SavepointError } from '../../store/errors.js';
import { DecodingChannel, StoringChannel } from '../composition.js';
import type { Session } from '../session.js';
import {
  errorOf,
  type MountBegin,
  type MountNews,
  type MountStart,
  type UnreadableFile,
} from './mount-news.js';

/** Files that were told of; whatever else can't be read then is not. */
const MOST_TOLD = 1000;

const YOUNG_MEBIBYTES = 8;

export class MountServer {
  /** Settles when the thread has ended: it is unmounted. Rejects where it had to give up. */
  readonly ended: Promise<void>;
  private readonly worker: Worker;
  private readonly waiting = new Map<MountNews['now'], () => void>();
  private readonly told = new Set<string>();
  private readonly decoding: DecodingChannel | undefined;
  private readonly storing = StoringChannel.create();
  private descriptor: MountBegin | undefined;
  private failure: unknown;

  constructor(
    { location, store: { format } }: Session,
    what: Omit<MountStart, 'store' | 'decoding' | 'storing'>,
    private readonly onUnreadable: (file: UnreadableFile) => void,
  ) {
    this.decoding = DecodingChannel.create({ directory: location, format });
    const [decoding, storing] = [this.decoding?.end, this.storing?.port];
    const start: MountStart = { ...what, store: location, decoding, storing };
    this.worker = new Worker(new URL('./mount-worker.js', import.meta.url), {
      workerData: start,
      transferList: [decoding?.port, storing].filter((port) => port !== undefined),
      trackUnmanagedFds: false,
      // What is known of directories lives long: collecting it often, while it is new, costs more than the memory.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
    });
    this.worker.on('message', (news: MountNews) => this.receive(news));
    this.worker.on('error', (error) => {
      this.failure = error;
    });
    this.ended = once(this.worker, 'exit').then(async () => {
      await this.decoding?.stop();
      await this.storing?.stop();
      if (this.failure !== undefined) throw this.failure;
    });
    // Whoever waits for it is told; it is no matter of the whole process where nobody does.
    this.ended.catch(() => undefined);
  }

  /** Waits until the thread tells so. Rejects where it ends before. */
  async until(news: 'open' | 'ready'): Promise<void> {
    const told = new Promise<void>((resolve) => this.waiting.set(news, resolve));
    const over = this.ended.then(() => {
      throw new SavepointError('ABORTED', 'It was unmounted before it could be used.');
    });
    await Promise.race([told, over]);
  }

  /** From now on the thread waits for the kernel, and ends when the mount does. */
  begin(descriptor: MountBegin): void {
    this.descriptor = descriptor;
    this.worker.postMessage(descriptor);
  }

  /** Ends a thread that has not begun. */
  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private receive(news: MountNews): void {
    switch (news.now) {
      case 'failed':
        this.failure = errorOf(news.problem);
        return;
      case 'reading-on':
        this.decoding?.start();
        return;
      case 'storing':
        if (this.descriptor !== undefined) this.storing?.start(this.descriptor);
        return;
      case 'unreadable':
        if (this.told.has(news.path) || this.told.size >= MOST_TOLD) return;
        this.told.add(news.path);
        this.onUnreadable({ path: news.path, problem: news.problem });
        return;
      default:
        this.waiting.get(news.now)?.();
    }
  }
}
