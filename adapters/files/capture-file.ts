// Captures single files inside one thread: open, read into the block, check that nothing changed meanwhile, hash,
// keep if new. Synchronous calls per file: an `await` costs more than a small file does.
import type { ChunkCutter } from '../../store/chunking/chunk-cutter.js';
import { LARGE_OBJECT_BYTES, LargeObject } from '../../store/large-object.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import type { ObjectWriter } from '../../store/object-writer.js';
import type { Platform } from '../../store/platform.js';
import type { Entry } from '../node/posix-place.js';
import { type CapturedFile, readFully, readOnce, readStable } from './read-stable.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';
import { streamFile, WINDOW_BYTES } from './stream-file.js';

export interface FileCapturerOptions {
  readonly platform: Platform;
  readonly format: ObjectFormat;
  readonly writer: ObjectWriter;
  readonly cutter: ChunkCutter;
}

export class FileCapturer {
  private window: Buffer | undefined;

  constructor(private readonly options: FileCapturerOptions) {}

  /**
   * Captures a small file that is as the walk saw it, at once; `undefined` where it is not, or a block is full: then
   * `capture` does it. Throws what the calls throw.
   */
  captureNow(entry: Entry, words: Int32Array, at: number): CapturedFile | undefined {
    const sizeBytes = readLongWord(words, at + WORD.size);
    if (sizeBytes > LARGE_OBJECT_BYTES) return undefined;
    const { writer } = this.options;
    const target = writer.tryReserve('blob', sizeBytes);
    if (target === undefined) return undefined;
    const extras = readOnce(entry, { words, at, target });
    return extras === undefined ? undefined : { ...extras, id: writer.seal(sizeBytes) };
  }

  /** Captures the regular file `entry`, which had the status at `at` of `words`. Throws what the calls throw. */
  capture(entry: Entry, words: Int32Array, at: number): Promise<CapturedFile> {
    return readStable(entry, words.subarray(at, at + STATUS_WORDS), (descriptor, sizeBytes) =>
      this.readContent(descriptor, sizeBytes),
    );
  }

  /** Stores one chunk of a file that another thread reads. */
  async captureChunk(bytes: Uint8Array): Promise<ObjectId> {
    const target = await this.options.writer.reserve('blob', bytes.length);
    target.set(bytes);
    return this.options.writer.seal(bytes.length);
  }

  /** Stores a content of any length. */
  async captureContent(bytes: Uint8Array): Promise<ObjectId> {
    if (bytes.length <= LARGE_OBJECT_BYTES) return this.captureChunk(bytes);
    const ids: ObjectId[] = [];
    const large = this.startLarge(bytes.length, ids);
    await large.take(bytes, true);
    return this.finishLarge(large, ids);
  }

  /** The id of the first `sizeBytes` bytes; `undefined` where the file has fewer by now. */
  private async readContent(descriptor: number, sizeBytes: number): Promise<ObjectId | undefined> {
    if (sizeBytes > LARGE_OBJECT_BYTES) return this.readLarge(descriptor, sizeBytes);
    const { writer } = this.options;
    const target = writer.tryReserve('blob', sizeBytes) ?? (await writer.reserve('blob', sizeBytes));
    if (readFully(descriptor, target, 0) < sizeBytes) return undefined;
    return writer.seal(sizeBytes);
  }

  private async readLarge(descriptor: number, sizeBytes: number): Promise<ObjectId | undefined> {
    const ids: ObjectId[] = [];
    const large = this.startLarge(sizeBytes, ids);
    this.window ??= Buffer.allocUnsafeSlow(WINDOW_BYTES);
    if (!(await streamFile(descriptor, { sizeBytes, window: this.window, large }))) return undefined;
    return this.finishLarge(large, ids);
  }

  private startLarge(sizeBytes: number, ids: ObjectId[]): LargeObject {
    const { platform, format, cutter } = this.options;
    const addChunk = async (bytes: Uint8Array) => void ids.push(await this.captureChunk(bytes));
    return new LargeObject({ platform, format, cutter, kind: 'blob', sizeBytes, addChunk });
  }

  private async finishLarge(large: LargeObject, ids: readonly ObjectId[]): Promise<ObjectId> {
    const recipe = large.finish(ids);
    await this.options.writer.addRecipe(recipe);
    return recipe.id;
  }
}
