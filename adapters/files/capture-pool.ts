// The threads that capture files. Each owns the whole way of its batches (open, read, hash, look up, compress, append
// to a pack of its own); only ids come back.
import type { ObjectId } from '../../store/object-id.js';
import type { FinishedPack } from '../../store/pack/pack-writer.js';
import type { Recipe } from '../../store/pack/record.js';
import type { StoreWrite } from '../../store/store.js';
import { ThreadPool } from '../node/thread-pool.js';
import type { RowSource } from '../state/read-rows.js';
import type { BatchResult, FileBatch } from './capture-batch.js';
import type { CapturedRows } from './capture-rows.js';
import type { CaptureRequest, CaptureStart } from './capture-worker.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';

const MOST_OUTSTANDING = 6;
const SHORTEST_SEGMENT_BYTES = 256 << 10;
/** A recipe has fewer lists than one for so many chunks. */
const FEWEST_IN_LIST = 1 << 12;

export interface CapturePool {
  /** Captures a batch; the promise ends when its ids are known. */
  captureBatch(batch: FileBatch): Promise<BatchResult>;
  /** Stores one chunk of a large file; takes what it needs of `bytes` before it returns. */
  captureChunk(bytes: Uint8Array): Promise<ObjectId>;
  /** Captures rows as a program writes them; about so many bytes are expected. */
  captureRows(source: RowSource, expectedBytes: number): Promise<CapturedRows>;
  /** Stores the recipe of a large file, whose chunks are stored. */
  addRecipe(recipe: Recipe): Promise<void>;
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

/** A pool of `size` threads for a store on disk; they start with the first piece of work. */
export class ThreadedCapturePool implements CapturePool {
  private readonly threads: ThreadPool<CaptureRequest>;

  constructor(
    private readonly options: { write: StoreWrite; directory: string; size: number; hashOnly: boolean },
  ) {
    const script = new URL('./capture-worker.js', import.meta.url);
    const { size } = options;
    this.threads = new ThreadPool({
      script,
      size,
      startWith: () => this.start(),
      mostOutstanding: MOST_OUTSTANDING,
    });
  }

  async captureBatch(batch: FileBatch): Promise<BatchResult> {
    const { known, store } = this.options.write;
    known.makeRoom(roomFor(batch, store.settings.chunking.minimumBytes));
    const request: CaptureRequest = { do: 'batch', batch, tables: this.options.write.known.shared() };
    return (await this.threads.send(request, [batch.words.buffer as ArrayBuffer])) as BatchResult;
  }

  async captureChunk(bytes: Uint8Array): Promise<ObjectId> {
    this.options.write.known.makeRoom(1);
    const copy = new Uint8Array(bytes);
    const request: CaptureRequest = { do: 'chunk', bytes: copy, tables: this.options.write.known.shared() };
    return (await this.threads.send(request, [copy.buffer])) as ObjectId;
  }

  async captureRows(source: RowSource, expectedBytes: number): Promise<CapturedRows> {
    this.options.write.known.makeRoom(2 + Math.ceil(expectedBytes / SHORTEST_SEGMENT_BYTES));
    const request: CaptureRequest = { do: 'rows', source, tables: this.options.write.known.shared() };
    return (await this.threads.send(request)) as CapturedRows;
  }

  async addRecipe(recipe: Recipe): Promise<void> {
    this.options.write.known.makeRoom(2 + Math.ceil(recipe.chunks.length / FEWEST_IN_LIST));
    await this.threads.send({ do: 'recipe', recipe, tables: this.options.write.known.shared() });
  }

  ready(): Promise<void> {
    return this.threads.ready();
  }

  async finish(): Promise<PoolResult> {
    const results = (await this.threads.sendToAll({ do: 'finish' })) as PoolResult[];
    await this.threads.terminate();
    return {
      packs: results.flatMap((result) => result.packs),
      newObjects: results.reduce((sum, result) => sum + result.newObjects, 0),
      newBytes: results.reduce((sum, result) => sum + result.newBytes, 0),
    };
  }

  async abort(): Promise<void> {
    await this.threads.terminate({ do: 'abort' });
  }

  private start(): CaptureStart {
    const { write, directory, hashOnly } = this.options;
    const { compressionLevel, checkOneBlockIn, idSalt } = write;
    const { settings } = write.store;
    return { directory, settings, known: write.share(), compressionLevel, checkOneBlockIn, idSalt, hashOnly };
  }
}

/** The most ids that a batch can make known: one a file, and the chunks of large ones. */
function roomFor(batch: FileBatch, shortestChunkBytes: number): number {
  let room = 0;
  for (let at = 0; at < batch.words.length; at += STATUS_WORDS) {
    room += 2 + Math.floor(readLongWord(batch.words, at + WORD.size) / shortestChunkBytes);
  }
  return room;
}
