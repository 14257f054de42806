// Takes the documents of a state adapter into the store: contents in memory one by one, files by the threads that capture
// files. Memory does not grow with what the files hold.
import { basename, dirname, join } from 'node:path';
import type { ChunkCutter } from '../../store/chunking/chunk-cutter.js';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId } from '../../store/object-id.js';
import type { Platform } from '../../store/platform.js';
import { batchId, type FileProblem, fileProblem, unstableFile } from '../files/capture-batch.js';
import { captureHugeFile, HUGE_FILE_BYTES } from '../files/capture-huge-file.js';
import type { CapturePool } from '../files/capture-pool.js';
import type { MetadataSink } from '../files/finish-directory.js';
import { findRealPath } from '../files/node-path.js';
import type { DirectoryIds } from '../files/stat-cache.js';
import { readLongWord, STATUS_WORDS, WORD } from '../files/status-words.js';
import { posixError } from '../node/posix-error.js';
import { readStatus } from '../node/posix-status.js';
import { DocumentTree } from './document-tree.js';
import type { StateDocument, UnchangedDocuments } from './state-adapter.js';

const BATCH_BYTES = 4 << 20;
const BATCH_FILES = 512;

export interface DocumentMeans {
  readonly pool: CapturePool;
  readonly metadata: MetadataSink;
  readonly platform: Platform;
  readonly format: ObjectFormat;
  readonly cutter: ChunkCutter;
  /** What stands at a path in the last point that has the component. */
  readonly findBefore: (path: string) => Promise<{ id: ObjectId } | { stored: DirectoryIds } | undefined>;
}

export interface CapturedDocuments {
  readonly tree: DocumentTree;
  readonly bytes: number;
  /** Paths are those of the files. */
  readonly problems: readonly FileProblem[];
}

/** Throws where an adapter breaks its contract, and what the pool throws. */
export async function captureDocuments(
  documents: AsyncIterable<StateDocument | UnchangedDocuments>,
  means: DocumentMeans,
): Promise<CapturedDocuments> {
  const capture = new DocumentCapture(means);
  for await (const document of documents) await capture.add(document);
  return capture.finish();
}

interface Waiting {
  readonly path: string;
  readonly file: string;
  readonly words: Int32Array;
}

class DocumentCapture {
  private readonly tree = new DocumentTree();
  private readonly problems: FileProblem[] = [];
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private bytes = 0;

  constructor(private readonly means: DocumentMeans) {}

  async add({ path, content }: StateDocument | UnchangedDocuments): Promise<void> {
    if (content === 'as-before') {
      const before = await this.means.findBefore(path);
      if (before === undefined)
        throw brokenContract(path, 'is said to be as before, and there is none before');
      this.put(path, before);
    } else if (content instanceof Uint8Array) {
      this.bytes += content.length;
      this.put(path, { id: await this.means.metadata.add('blob', content) });
    } else await this.addFile(path, content.file);
  }

  async finish(): Promise<CapturedDocuments> {
    await this.flush();
    return { tree: this.tree, bytes: this.bytes, problems: this.problems };
  }

  private async addFile(path: string, name: string): Promise<void> {
    // The threads follow no link on the way to a file; what an adapter names may well be behind one, such as /lib.
    const directory = findRealPath(dirname(name));
    const file = directory === undefined ? name : join(directory, basename(name));
    const words = new Int32Array(STATUS_WORDS);
    const errno = readStatus(file, words, 0);
    if (errno !== 0) {
      this.problems.push(fileProblem(file, posixError({ syscall: 'statx', errno, path: file })));
      return;
    }
    const sizeBytes = readLongWord(words, WORD.size);
    this.bytes += sizeBytes;
    if (sizeBytes >= HUGE_FILE_BYTES) return this.addHugeFile({ path, file, words });
    this.waiting.push({ path, file, words });
    this.waitingBytes += sizeBytes;
    if (this.waiting.length >= BATCH_FILES || this.waitingBytes >= BATCH_BYTES) await this.flush();
  }

  private async addHugeFile({ path, file, words }: Waiting): Promise<void> {
    try {
      const captured = await captureHugeFile(file, words, this.means);
      if (captured.unstable) this.problems.push(unstableFile(file));
      this.put(path, { id: captured.id });
    } catch (error) {
      this.problems.push(fileProblem(file, error));
    }
  }

  private async flush(): Promise<void> {
    const { waiting, means } = this;
    if (waiting.length === 0) return;
    this.waiting = [];
    this.waitingBytes = 0;
    const words = new Int32Array(waiting.length * STATUS_WORDS);
    waiting.forEach((each, index) => {
      words.set(each.words, index * STATUS_WORDS);
    });
    await means.pool.ready();
    const paths = waiting.map(({ file }) => file.slice(1)).join('\0');
    const result = await means.pool.captureBatch({ root: '/', paths, words });
    this.problems.push(...result.problems);
    waiting.forEach(({ path }, index) => {
      const id = batchId(result, index, ID_LENGTH_BYTES[means.format] * 2);
      if (id !== undefined) this.put(path, { id });
    });
  }

  private put(path: string, content: Parameters<DocumentTree['add']>[1]): void {
    if (!this.tree.add(path, content))
      throw brokenContract(path, 'is there twice, or is no path of a document');
  }
}

function brokenContract(path: string, what: string): Error {
  return new Error(`The state adapter breaks its contract: the document '${path}' ${what}.`);
}
