// Gathers files of the walk into batches for the pool, and puts what comes back where it belongs. Very large files
// are read and cut here, and their chunks are compressed by all threads.
import { batchId, type BatchResult, type FileProblem } from './capture-batch.js';
import type { CapturePool } from './capture-pool.js';
import { joinPath } from './node-path.js';
import type { OpenDirectory } from './open-directory.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';

const BATCH_BYTES = 4 << 20;
const BATCH_FILES = 512;

export interface CollectorOptions {
  /** The absolute path that all paths are relative to. */
  readonly root: string;
  readonly idLength: number;
  readonly onProblem: (problem: FileProblem) => void;
  readonly onDone: (directory: OpenDirectory, count: number) => void;
}

interface Target {
  readonly directory: OpenDirectory;
  readonly index: number;
}

export class BatchCollector {
  private targets: Target[] = [];
  private bytes = 0;
  private readonly running = new Set<Promise<void>>();
  private failure: unknown;

  constructor(
    private readonly pool: CapturePool,
    private readonly options: CollectorOptions,
  ) {}

  /** Takes a regular file; its directory stays pending until the file is captured or has failed. */
  add(directory: OpenDirectory, index: number): void {
    directory.pending++;
    this.targets.push({ directory, index });
    this.bytes += readLongWord(directory.seen.words, index * STATUS_WORDS + WORD.size);
  }

  isFull(): boolean {
    return this.bytes >= BATCH_BYTES || this.targets.length >= BATCH_FILES;
  }

  /** Hands what was gathered to the pool, and waits while that has enough to do. */
  async flush(): Promise<void> {
    const { targets } = this;
    if (targets.length === 0) return;
    this.targets = [];
    this.bytes = 0;
    await this.pool.ready();
    const words = new Int32Array(targets.length * STATUS_WORDS);
    const paths = targets.map(({ directory, index }, i) => {
      const at = index * STATUS_WORDS;
      words.set(directory.seen.words.subarray(at, at + STATUS_WORDS), i * STATUS_WORDS);
      return joinPath(this.options.root, directory.pathOf(index));
    });
    const work = this.pool
      .captureBatch({ paths: paths.join('\0'), words })
      .then((result) => this.place(targets, result))
      .catch((error) => {
        this.failure ??= error;
      })
      .finally(() => this.running.delete(work));
    this.running.add(work);
    if (this.failure !== undefined) throw this.failure;
  }

  /** Waits until everything that was taken is done. */
  async drain(): Promise<void> {
    await this.flush();
    while (this.running.size > 0) await Promise.all(this.running);
    if (this.failure !== undefined) throw this.failure;
  }

  private place(targets: readonly Target[], result: BatchResult): void {
    for (const problem of result.problems) this.options.onProblem(problem);
    for (const [i, words] of result.newWords) {
      targets[i].directory.seen.words.set(words, targets[i].index * STATUS_WORDS);
      targets[i].directory.untrusted.add(targets[i].index);
    }
    for (const [i, extras] of result.extras) targets[i].directory.addExtras(targets[i].index, extras);
    const done = new Map<OpenDirectory, number>();
    targets.forEach(({ directory, index }, i) => {
      const id = batchId(result, i, this.options.idLength);
      if (id === undefined) directory.omit(index);
      else directory.ids[index] = id;
      done.set(directory, (done.get(directory) ?? 0) + 1);
    });
    for (const [directory, count] of done) this.options.onDone(directory, count);
  }
}
