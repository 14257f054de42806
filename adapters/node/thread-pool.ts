// Threads that answer requests: each request goes to the thread with the least to do, threads start as work comes in,
// and a failure in any of them fails all that is outstanding.
import { type TransferListItem, Worker } from 'node:worker_threads';
import { type ErrorCode, type ErrorFields, isSavepointError, SavepointError } from '../../store/errors.js';

export interface ThreadPoolOptions {
  readonly script: URL;
  readonly size: number;
  /** What a thread starts with; asked for when it starts. */
  readonly startWith: () => unknown;
  /** Requests outstanding for each thread at which `ready` waits. */
  readonly mostOutstanding: number;
}

/** What goes to a thread, and what comes back. */
export interface ThreadRequest<Request> {
  readonly number: number;
  /** `undefined` where nothing more is to be done. */
  readonly request: Request | undefined;
}

export interface ThreadReply {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly fields: ErrorFields };
}

/** For what a thread is doing when it is to end. */
const PATIENCE_MS = 10_000;

/** Threads work on buffers and leave little garbage: a small young generation keeps them small. */
const SMALL_HEAP = { maxYoungGenerationSizeMb: 8 };

interface Member {
  readonly worker: Worker;
  outstanding: number;
  readonly waiting: Map<number, { resolve: (result: unknown) => void; reject: (error: unknown) => void }>;
}

export class ThreadPool<Request> {
  private readonly members: Member[] = [];
  private nextNumber = 0;
  private failure: unknown;
  private wake: (() => void)[] = [];

  constructor(private readonly options: ThreadPoolOptions) {}

  /** Sends a request to one thread; `transfer` goes along without being copied. */
  send(request: Request, transfer: TransferListItem[] = []): Promise<unknown> {
    return this.post(this.chooseMember(), request, transfer);
  }

  /** Sends a request to each thread that has started; it is answered after all that went before. */
  sendToAll(request: Request): Promise<unknown[]> {
    return Promise.all(this.members.map((member) => this.post(member, request, [])));
  }

  /** Waits until more may be sent. Throws where a thread has failed. */
  async ready(): Promise<void> {
    while (
      this.failure === undefined &&
      this.outstanding() >= this.options.mostOutstanding * this.options.size
    ) {
      await new Promise<void>((resolve) => this.wake.push(resolve));
    }
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Ends all threads; those that still live do a `last` piece of work before, if there is one. They end what they are doing: on Node 24
   * the whole process dies with a thread that is ended in the middle of a native call.
   */
  async terminate(last?: Request): Promise<void> {
    this.fail(new SavepointError('ABORTED', 'The work was stopped.'));
    await Promise.all(this.members.map(({ worker }) => this.settle(worker, last)));
    await Promise.all(this.members.map((member) => member.worker.terminate()));
  }

  /** Sends a request, and waits until it is answered in any way, or never can be. */
  private settle(worker: Worker, request: Request | undefined): Promise<void> {
    const number = this.nextNumber++;
    return new Promise((resolve) => {
      const hasEnded = worker.threadId < 0;
      if (hasEnded) return resolve();
      // Of a last piece of work it is not known how long it takes.
      if (request === undefined) setTimeout(resolve, PATIENCE_MS).unref();
      worker.once('exit', () => resolve());
      worker.on('message', (reply: ThreadReply) => {
        if (reply.number === number) resolve();
      });
      worker.postMessage({ number, request } satisfies ThreadRequest<Request>);
    });
  }

  private outstanding(): number {
    return this.members.reduce((sum, member) => sum + member.outstanding, 0);
  }

  private chooseMember(): Member {
    const idlest = this.members.reduce<Member | undefined>(
      (best, member) => (best === undefined || member.outstanding < best.outstanding ? member : best),
      undefined,
    );
    const mayGrow = this.members.length < this.options.size;
    return idlest === undefined || (mayGrow && idlest.outstanding > 0) ? this.startMember() : idlest;
  }

  private startMember(): Member {
    const worker = new Worker(this.options.script, {
      workerData: this.options.startWith(),
      resourceLimits: SMALL_HEAP,
      // Whoever opens a descriptor here closes it; keeping count of them costs more than a small file's read.
      trackUnmanagedFds: false,
    });
    const member: Member = { worker, outstanding: 0, waiting: new Map() };
    worker.on('message', (reply: ThreadReply) => this.receive(member, reply));
    worker.on('error', (error) => this.fail(error));
    this.members.push(member);
    return member;
  }

  private post(member: Member, request: Request, transfer: TransferListItem[]): Promise<unknown> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const number = this.nextNumber++;
    member.outstanding++;
    return new Promise((resolve, reject) => {
      member.waiting.set(number, { resolve, reject });
      member.worker.postMessage({ number, request } satisfies ThreadRequest<Request>, transfer);
    });
  }

  private receive(member: Member, reply: ThreadReply): void {
    member.outstanding--;
    const waiting = member.waiting.get(reply.number);
    member.waiting.delete(reply.number);
    if (reply.error === undefined) waiting?.resolve(reply.result);
    else {
      const { code, message, fields } = reply.error;
      const error = new SavepointError(code, message, { fields });
      waiting?.reject(error);
      this.fail(error);
    }
    this.wakeAll();
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    for (const member of this.members) {
      for (const waiting of member.waiting.values()) waiting.reject(this.failure);
      member.waiting.clear();
    }
    this.wakeAll();
  }

  private wakeAll(): void {
    const wake = this.wake;
    this.wake = [];
    for (const resolve of wake) resolve();
  }
}

/** A thread's side: answers requests one after the other; what `transferOf` names of a result goes along without being copied. An error that is no operating failure ends the thread. */
export function answerRequests<Request>(
  port: {
    on(event: 'message', listener: (message: ThreadRequest<Request>) => void): void;
    postMessage(reply: ThreadReply, transfer: TransferListItem[]): void;
  },
  perform: (request: Request) => Promise<unknown>,
  transferOf: (result: unknown) => TransferListItem[] = () => [],
): void {
  let queue = Promise.resolve();
  let isOver = false;
  port.on('message', ({ number, request }) => {
    isOver ||= request === undefined;
    queue = queue.then(async () => {
      if (isOver || request === undefined) return port.postMessage({ number }, []);
      const reply = await answer(number, () => perform(request));
      port.postMessage(reply, reply.error === undefined ? transferOf(reply.result) : []);
    });
  });
}

async function answer(number: number, perform: () => Promise<unknown>): Promise<ThreadReply> {
  try {
    return { number, result: await perform() };
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    return { number, error: { code: error.code, message: error.message, fields: error.fields } };
  }
}
