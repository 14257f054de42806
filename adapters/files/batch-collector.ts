// Gathers files of the walk into batches for the pool, and puts what comes back where it belongs. Huge files are
// read and cut in this thread, and their chunks go to all others; databases in use are copied first, one by one.
import { isSavepointError } from '../../store/errors.js';
import { type BatchResult, batchId, type FileProblem, fileProblem, unstableFile } from './capture-batch.js';
import { captureDatabase, type DatabaseMeans, notCopied } from './capture-database.js';
import { captureHugeFile, HUGE_FILE_BYTES } from './capture-huge-file.js';
import { hasContentBeside } from './directory-databases.js';
import { joinPath } from './node-path.js';
import type { LinkName, OpenDirectory } from './open-directory.js';
import type { OpenFolders } from './open-folders.js';
import type { CapturedFile } from './read-stable.js';
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
  private databases: LinkName[] = [];
  /** Paths of databases that could not be copied. */
  private readonly uncopied = new Set<string>();
  private bytes = 0;
  private readonly running = new Set<Promise<void>>();
  private failure: unknown;

  constructor(
    private readonly means: DatabaseMeans,
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

  /** Takes a database that SQLite has more of than the file. */
  addDatabase(directory: OpenDirectory, index: number): void {
    directory.pending++;
    this.databases.push({ directory, index });
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
    for (let next = this.databases.pop(); next !== undefined; next = this.databases.pop())
      await this.captureInUse(next);
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
    while (this.running.size + this.targets.length + this.databases.length > 0) {
      await Promise.all(this.running);
      await this.flush();
    }
    if (this.failure !== undefined) throw this.failure;
  }

  private async captureHuge(target: LinkName): Promise<void> {
    const { directory, index } = target;
    const path = this.pathOf(target);
    try {
      const words = this.wordsOf(target);
      const place = this.options.folders.placeOf(directory.pathOf(index));
      const captured = await captureHugeFile(place, words, this.means);
      this.keep(target, captured);
      if (captured.isDatabase && this.isInUse(target, captured.unstable)) {
        this.databases.push(target);
        return;
      }
      if (captured.unstable) this.options.onProblem(unstableFile(path));
    } catch (error) {
      this.options.onProblem(fileProblem(path, error));
      directory.omit(index);
    }
    this.finish(target);
  }

  private async captureInUse(target: LinkName): Promise<void> {
    const { directory, index } = target;
    const path = this.pathOf(target);
    const find = () => this.options.folders.placeOf(directory.pathOf(index));
    try {
      this.keep(target, await captureDatabase({ find, words: this.wordsOf(target) }, this.means));
    } catch (error) {
      const problem = await notCopied(path, error);
      if (problem !== undefined) this.options.onProblem(problem);
      directory.untrusted.add(index);
      // What was read as a file, before it was known to be in use, stays.
      if (directory.idOf(index) === '') {
        this.addUncopied(target);
        return;
      }
    }
    this.finish(target);
  }

  /** Its files are captured as any others. */
  private addUncopied({ directory, index }: LinkName): void {
    const { files, belonging } = directory.seen.databases;
    this.uncopied.add(directory.pathOf(index));
    this.add(directory, index);
    directory.pending--;
    for (const number of files.get(index)?.content ?? []) {
      belonging.delete(number);
      directory.untrusted.add(number);
      // Where the walk has not come to it yet, it adds it itself.
      if (directory.omitted.delete(number)) this.add(directory, number);
    }
  }

  /** Whether a database that was read as a file is more than that, or could not be read at rest. */
  private isInUse({ directory, index }: LinkName, unstable: boolean): boolean {
    const path = directory.pathOf(index);
    if (this.uncopied.has(path)) return false;
    return unstable || this.hasContentBeside(path);
  }

  private hasContentBeside(path: string): boolean {
    try {
      return hasContentBeside(this.options.folders.placeOf(path));
    } catch (error) {
      // Its directory is gone: what was read of it is all that there is.
      if (isSavepointError(error)) return false;
      throw error;
    }
  }

  private keep(target: LinkName, captured: CapturedFile): void {
    target.directory.setId(target.index, captured.id);
    target.directory.addExtras(target.index, captured.extras);
    if (captured.newWords !== undefined) this.replaceWords(target, captured.newWords);
  }

  private finish({ directory, index }: LinkName): void {
    this.options.onRead({ directory, index });
    this.options.onDone(directory, 1);
  }

  private pathOf({ directory, index }: LinkName): string {
    return joinPath(this.options.root, directory.pathOf(index));
  }

  private wordsOf({ directory, index }: LinkName): Int32Array {
    return directory.seen.words.slice(index * STATUS_WORDS, (index + 1) * STATUS_WORDS);
  }

  private replaceWords({ directory, index }: LinkName, words: Int32Array): void {
    directory.seen.words.set(words, index * STATUS_WORDS);
    directory.untrusted.add(index);
  }

  private place(targets: readonly LinkName[], result: BatchResult): void {
    for (const problem of result.problems) this.options.onProblem(problem);
    for (const [i, words] of result.newWords) this.replaceWords(targets[i], words);
    for (const [i, extras] of result.extras) targets[i].directory.addExtras(targets[i].index, extras);
    const inUse = this.findInUse(targets, result);
    const done = new Map<OpenDirectory, number>();
    targets.forEach((target, i) => {
      const { directory, index } = target;
      const id = batchId(result, i, this.options.idLength);
      if (id === undefined) directory.omit(index);
      else directory.setId(index, id);
      if (inUse.has(i)) {
        directory.untrusted.add(index);
        this.databases.push(target);
        return;
      }
      this.options.onRead({ directory, index });
      done.set(directory, (done.get(directory) ?? 0) + 1);
    });
    for (const [directory, count] of done) this.options.onDone(directory, count);
  }

  /** Databases that have come into use since the walk saw them. */
  private findInUse(targets: readonly LinkName[], { databases }: BatchResult): Set<number> {
    const inUse = new Set<number>();
    for (const [i, unstable] of databases) {
      if (this.isInUse(targets[i], unstable)) inUse.add(i);
      else if (unstable) this.options.onProblem(unstableFile(this.pathOf(targets[i])));
    }
    return inUse;
  }
}
