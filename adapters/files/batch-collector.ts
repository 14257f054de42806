// Gathers files of the walk into batches for the pool, and puts what comes back where it belongs. Huge files are
// read and cut in this thread, and their chunks go to all others.

import { type BatchResult, batchId, type FileProblem, fileProblem, unstableFile } from './capture-batch.js';
import { captureHugeFile, HUGE_FILE_BYTES, type HugeFileMeans } from './capture-huge-file.js';
import { joinPath } from './node-path.js';
import type { LinkName, OpenDirectory } from './open-directory.js';
import type { OpenFolders } from './open-folders.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';

const BATCH_BYTES = 4 << 20;
const BATCH_FILES = 512;

export interface CollectorOptions {
  /** The absolute path that all paths are relative to. */
  readonly root: string;
  readonly folders: OpenFolders;
  readonly idLength: number;
  readonly onProblem: (problem: FileProblem) => void;
  /** A file has its id, or has failed. */
  readonly onRead: (name: LinkName) => void;
  readonly onDone: (directory: OpenDirectory, count: number) => void;
}

export class BatchCollector {
  private targets: LinkName[] = [];
  private huge: LinkName[] = [];
  private bytes = 0;
  private readonly running = new Set<Promise<void>>();
  private failure: unknown;

  constructor(
    private readonly means: HugeFileMeans,
    private readonly options: CollectorOptions,
  ) {}

  /** Takes a regular file; its directory stays pending until the file is captured or has failed. */
  add(directory: OpenDirectory, index: number): void {
    directory.pending++;
    const sizeBytes = readLongWord(directory.seen.words, index * STATUS_WORDS + WORD.size);
    if (sizeBytes >= HUGE_FILE_BYTES) {
      this.huge.push({ directory, index });
      return;
    }
    this.targets.push({ directory, index });
    this.bytes += sizeBytes;
  }

  isFull(): boolean {
    return this.huge.length > 0 || this.bytes >= BATCH_BYTES || this.targets.length >= BATCH_FILES;
  }

  /** Hands what was gathered to the pool, and waits while that has enough to do. */
  async flush(): Promise<void> {
    await this.flushBatch();
    const { huge } = this;
    this.huge = [];
    for (const target of huge) await this.captureHuge(target);
  }

  private async flushBatch(): Promise<void> {
    const { targets } = this;
    if (targets.length === 0) return;
    this.targets = [];
    this.bytes = 0;
    await this.means.pool.ready();
    const words = new Int32Array(targets.length * STATUS_WORDS);
    const paths = targets.map(({ directory, index }, i) => {
      const at = index * STATUS_WORDS;
      words.set(directory.seen.words.subarray(at, at + STATUS_WORDS), i * STATUS_WORDS);
      return directory.pathOf(index);
    });
    const work = this.means.pool
      .captureBatch({ root: this.options.root, paths: paths.join('\0'), words })
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

  private async captureHuge({ directory, index }: LinkName): Promise<void> {
    const path = joinPath(this.options.root, directory.pathOf(index));
    const at = index * STATUS_WORDS;
    try {
      const words = directory.seen.words.slice(at, at + STATUS_WORDS);
      const place = this.options.folders.placeOf(directory.pathOf(index));
      const captured = await captureHugeFile(place, words, this.means);
      directory.setId(index, captured.id);
      directory.addExtras(index, captured.extras);
      if (captured.newWords !== undefined) this.replaceWords({ directory, index }, captured.newWords);
      if (captured.unstable) this.options.onProblem(unstableFile(path));
    } catch (error) {
      this.options.onProblem(fileProblem(path, error));
      directory.omit(index);
    }
    this.options.onRead({ directory, index });
    this.options.onDone(directory, 1);
  }

  private replaceWords({ directory, index }: LinkName, words: Int32Array): void {
    directory.seen.words.set(words, index * STATUS_WORDS);
    directory.untrusted.add(index);
  }

  private place(targets: readonly LinkName[], result: BatchResult): void {
    for (const problem of result.problems) this.options.onProblem(problem);
    for (const [i, words] of result.newWords) this.replaceWords(targets[i], words);
    for (const [i, extras] of result.extras) targets[i].directory.addExtras(targets[i].index, extras);
    const done = new Map<OpenDirectory, number>();
    targets.forEach(({ directory, index }, i) => {
      const id = batchId(result, i, this.options.idLength);
      if (id === undefined) directory.omit(index);
      else directory.setId(index, id);
      this.options.onRead({ directory, index });
      done.set(directory, (done.get(directory) ?? 0) + 1);
    });
    for (const [directory, count] of done) this.options.onDone(directory, count);
  }
}
