// The threads that capture files. Each owns the whole way of its batches (open, read, hash, look up, compress, append
// to a pack of its own); only ids come back. Without threads the same work is done in this one.
import { Worker } from 'node:worker_threads';
import { SavepointError } from '../../store/errors.js';
import type { ObjectId } from '../../store/object-id.js';
import type { FinishedPack } from '../../store/pack/pack-writer.js';
import type { StoreWrite } from '../../store/store.js';
import type { BatchResult, FileBatch } from './capture-batch.js';
import type { CaptureReply, CaptureRequest, CaptureStart } from './capture-worker.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';

/** Pieces of work under way for each thread at which the walk waits. */
const MOST_OUTSTANDING = 6;
const SHORTEST_CHUNK_BYTES = 64 << 10;

export interface CapturePool {
  /** Captures a batch; the promise ends when its ids are known. */
  captureBatch(batch: FileBatch): Promise<BatchResult>;
  /** Stores one chunk of a large file; takes what it needs of `bytes` before it returns. */
  captureChunk(bytes: Uint8Array): Promise<ObjectId>;
  /** Waits until more work may be handed out. */
  ready(): Promise<void>;
  /** Makes all packs durable; nothing may be handed out afterwards. */
  finish(): Promise<PoolResult>;
  /** Drops all packs. */
  abort(): Promise<void>;
}

export interface PoolResult {
  readonly packs: readonly FinishedPack[];
  readonly newObjects: number;
  readonly newBytes: number;
}

interface Member {
  readonly worker: Worker;
  outstanding: number;
  readonly waiting: Map<number, { resolve: (reply: CaptureReply) => void; reject: (error: unknown) => void }>;
}

/** A pool of `size` threads for a store on disk; they start with the first piece of work. */
export class ThreadedCapturePool implements CapturePool {
  private readonly members: Member[] = [];
  private nextNumber = 0;
  private failure: unknown;
  private wake: (() => void)[] = [];

  constructor(private readonly options: { write: StoreWrite; directory: string; size: number; hashOnly: boolean }) {}

  async captureBatch(batch: FileBatch): Promise<BatchResult> {
    this.options.write.known.makeRoom(roomFor(batch));
    const reply = await this.send({ do: 'batch', batch }, [batch.words.buffer as ArrayBuffer]);
    return reply.result as BatchResult;
  }

  async captureChunk(bytes: Uint8Array): Promise<ObjectId> {
    this.options.write.known.makeRoom(1);
    const copy = bytes.slice();
    const reply = await this.send({ do: 'chunk', bytes: copy }, [copy.buffer]);
    return reply.result as ObjectId;
  }

  async ready(): Promise<void> {
    while (this.failure === undefined && this.outstanding() >= MOST_OUTSTANDING * this.options.size) {
      await new Promise<void>((resolve) => this.wake.push(resolve));
    }
    if (this.failure !== undefined) throw this.failure;
  }

  async finish(): Promise<PoolResult> {
    const results = await Promise.all(
      this.members.map(async (member) => (await this.post(member, { do: 'finish' }, [])).result as PoolResult),
    );
    await this.terminate();
    return {
      packs: results.flatMap((result) => result.packs),
      newObjects: results.reduce((sum, result) => sum + result.newObjects, 0),
      newBytes: results.reduce((sum, result) => sum + result.newBytes, 0),
    };
  }

  async abort(): Promise<void> {
    if (this.failure === undefined) {
      await Promise.all(this.members.map((member) => this.post(member, { do: 'abort' }, []).catch(() => undefined)));
    }
    await this.terminate();
  }

  private outstanding(): number {
    return this.members.reduce((sum, member) => sum + member.outstanding, 0);
  }

  private send(request: CaptureWork, transfer: ArrayBuffer[]): Promise<CaptureReply> {
    return this.post(this.chooseMember(), request, transfer);
  }

  /** The thread with the least to do; a new one while there may be more and all have work. */
  private chooseMember(): Member {
    const idlest = this.members.reduce<Member | undefined>(
      (best, member) => (best === undefined || member.outstanding < best.outstanding ? member : best),
      undefined,
    );
    const mayGrow = this.members.length < this.options.size;
    return idlest === undefined || (mayGrow && idlest.outstanding > 0) ? this.startMember() : idlest;
  }

  private startMember(): Member {
    const { write, directory, hashOnly } = this.options;
    const { settings } = write.store;
    const workerData: CaptureStart = {
      directory,
      settings,
      known: write.share(),
      compressionLevel: write.compressionLevel,
      checkOneBlockIn: write.checkOneBlockIn,
      hashOnly,
    };
    const worker = new Worker(new URL('./capture-worker.js', import.meta.url), { workerData });
    const member: Member = { worker, outstanding: 0, waiting: new Map() };
    worker.on('message', (reply: CaptureReply) => this.receive(member, reply));
    worker.on('error', (error) => this.fail(error));
    this.members.push(member);
    return member;
  }

  private post(member: Member, request: CaptureWork, transfer: ArrayBuffer[]): Promise<CaptureReply> {
    const number = this.nextNumber++;
    member.outstanding++;
    return new Promise((resolve, reject) => {
      member.waiting.set(number, { resolve, reject });
      const tables = this.options.write.known.shared();
      member.worker.postMessage({ ...request, number, tables } satisfies CaptureRequest, transfer);
    });
  }

  private receive(member: Member, reply: CaptureReply): void {
    member.outstanding--;
    const waiting = member.waiting.get(reply.number);
    member.waiting.delete(reply.number);
    if (reply.error === undefined) waiting?.resolve(reply);
    else {
      const { code, message, fields } = reply.error;
      this.failure ??= new SavepointError(code, message, { fields });
      waiting?.reject(this.failure);
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

  private async terminate(): Promise<void> {
    await Promise.all(this.members.map((member) => member.worker.terminate()));
  }
}

type CaptureWork =
  | { readonly do: 'batch'; readonly batch: FileBatch }
  | { readonly do: 'chunk'; readonly bytes: Uint8Array }
  | { readonly do: 'finish' }
  | { readonly do: 'abort' };

/** The most ids that a batch can make known: one a file, and the chunks of large ones. */
function roomFor(batch: FileBatch): number {
  let room = 0;
  for (let at = 0; at < batch.words.length; at += STATUS_WORDS) {
    room += 2 + Math.floor(readLongWord(batch.words, at + WORD.size) / SHORTEST_CHUNK_BYTES);
  }
  return room;
}
