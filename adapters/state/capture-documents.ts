// Takes the documents of a state adapter into the store: contents in memory one by one, files by the threads that capture
// files. Memory does not grow with what the files hold.
import { basename, dirname, join } from 'node:path';
import type { ChunkCutter } from '../../store/chunking/chunk-cutter.js';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId } from '../../store/object-id.js';
import type { Platform } from '../../store/platform.js';
import {
  type BatchResult,
  batchId,
  type FileProblem,
  fileProblem,
  unstableFile,
} from '../files/capture-batch.js';
import { captureHugeFile, HUGE_FILE_BYTES } from '../files/capture-huge-file.js';
import type { CapturePool } from '../files/capture-pool.js';
import type { MetadataSink } from '../files/finish-directory.js';
import { findRealPath } from '../files/node-path.js';
import type { DirectoryIds } from '../files/stat-cache.js';
import { readLongWord, STATUS_WORDS, WORD } from '../files/status-words.js';
import { posixError } from '../node/posix-error.js';
import { readStatus } from '../node/posix-status.js';
import { DocumentTree } from './document-tree.js';
import type { CapturedDocument, RowsDocument } from './state-adapter.js';

/** Contents from here to there are worth the way to another thread, and are stored as one object. */
const LARGE_BYTES = 32 << 10;
const LARGEST_BYTES = 1 << 20;
const BATCH_BYTES = 4 << 20;
const BATCH_FILES = 512;

export interface DocumentMeans {
  readonly pool: CapturePool;
  readonly metadata: MetadataSink;
  readonly platform: Platform;
  readonly format: ObjectFormat;
  readonly cutter: ChunkCutter;
  /** Whether large documents are left to the pool. */
  readonly storesDocuments?: boolean;
  /** Hears how large a document is whose content is left to the pool. */
  readonly onDocument?: (id: ObjectId, sizeBytes: number) => void;
  /** What stands at a path in the last point that has the component. */
  readonly findBefore: (path: string) => Promise<DocumentsBefore | undefined>;
}

/** A document, or all below a path, that are stored, and what is in them. */
export type DocumentsBefore = ({ readonly id: ObjectId } | { readonly stored: DirectoryIds }) & {
  readonly files: number;
  readonly bytes: number;
};

export interface CapturedDocuments {
  readonly tree: DocumentTree;
  readonly files: number;
  readonly bytes: number;
  /** Paths are those of the files. */
  readonly problems: readonly FileProblem[];
}

/** Throws where an adapter breaks its contract, and what the pool throws. */
export async function captureDocuments(
  documents: AsyncIterable<CapturedDocument>,
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
  private readonly storing: Promise<void>[] = [];
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private files = 0;
  private bytes = 0;

  constructor(private readonly means: DocumentMeans) {}

  async add({ path, content }: CapturedDocument): Promise<void> {
    if (content === 'as-before') {
      const before = await this.means.findBefore(path);
      if (before === undefined)
        throw brokenContract(path, 'is said to be as before, and there is none before');
      this.put(path, before);
      this.files += before.files - 1;
      this.bytes += before.bytes;
    } else if (content instanceof Uint8Array) {
      this.bytes += content.length;
      await this.addContent(path, content);
    } else if ('rows' in content) await this.addRows(path, content);
    else await this.addFile(path, content.file);
  }

  async finish(): Promise<CapturedDocuments> {
    await this.flush();
    await Promise.all(this.storing);
    const { tree, files, bytes, problems } = this;
    return { tree, files, bytes, problems };
  }

  private async addContent(path: string, content: Uint8Array): Promise<void> {
    const { metadata, pool, storesDocuments = false } = this.means;
    if (!storesDocuments || content.length < LARGE_BYTES || content.length > LARGEST_BYTES) {
      this.put(path, { id: await metadata.add('blob', content) });
      return;
    }
    await pool.ready();
    this.later(pool.captureChunk(content).then((id) => this.put(path, { id })));
  }

  private async addRows(path: string, content: RowsDocument['content']): Promise<void> {
    const { rows, expectedBytes, onRead, onFailure } = content;
    const { pool } = this.means;
    await pool.ready();
    const putAll = async () => {
      const { segments, said } = await pool.captureRows(rows, expectedBytes);
      for (const { name, id, bytes } of segments) {
        this.bytes += bytes;
        this.means.onDocument?.(id, bytes);
        this.put(`${path}/${name}`, { id });
      }
      onRead({ segments: segments.map(({ id: _, ...entry }) => entry), said });
    };
    this.later(
      putAll().catch((error) => {
        onFailure(error);
        throw error;
      }),
    );
  }

  /** Others go on meanwhile; it is awaited at the end. */
  private later(work: Promise<void>): void {
    work.catch(() => undefined);
    this.storing.push(work);
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
    const captured = means.pool.captureBatch({ root: '/', paths, words });
    this.later(captured.then((result) => this.putAll(waiting, result)));
  }

  private putAll(waiting: readonly Waiting[], result: BatchResult): void {
    this.problems.push(...result.problems);
    waiting.forEach(({ path }, index) => {
      const id = batchId(result, index, ID_LENGTH_BYTES[this.means.format] * 2);
      if (id !== undefined) this.put(path, { id });
    });
  }

  private put(path: string, content: Parameters<DocumentTree['add']>[1]): void {
    if (!this.tree.add(path, content))
      throw brokenContract(path, 'is there twice, or is no path of a document');
    this.files++;
  }
}

function brokenContract(path: string, what: string): Error {
  return new Error(`The state adapter breaks its contract: the document '${path}' ${what}.`);
}
