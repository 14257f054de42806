// Captures single files inside one thread: open, read into the block, check that nothing changed meanwhile, hash,
// keep if new. Synchronous calls per file: an `await` costs more than a small file does.
import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { ChunkCutter } from '../../store/chunking/chunk-cutter.js';
import { LARGE_OBJECT_BYTES, LargeObject } from '../../store/large-object.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import type { ObjectWriter } from '../../store/object-writer.js';
import type { Platform } from '../../store/platform.js';
import { posixError } from '../node/posix-error.js';
import { readDescriptorStatus } from '../node/posix-status.js';
import type { ExtraAttributes } from './attributes.js';
import { readExtraAttributes } from './extra-attributes.js';
import { nodePath } from './node-path.js';
import { COMPARED_WORDS, fileType, readLongWord, STATUS_WORDS, WORD } from './status-words.js';

/** Files that change while they are read are read again, so often in all. */
const ATTEMPTS = 3;
const WINDOW_BYTES = 8 << 20;

export interface CapturedFile {
  readonly id: ObjectId;
  readonly extras: ExtraAttributes | undefined;
  /** What stat said when the content was read, where that is not what the walk saw. */
  readonly newWords: Int32Array | undefined;
  /** The file went on changing: the content is what was read last. */
  readonly unstable: boolean;
}

export interface FileCapturerOptions {
  readonly platform: Platform;
  readonly format: ObjectFormat;
  readonly writer: ObjectWriter;
  readonly cutter: ChunkCutter;
}

export class FileCapturer {
  private readonly words = new Int32Array(STATUS_WORDS);
  private window: Buffer | undefined;

  constructor(private readonly options: FileCapturerOptions) {}

  /** Captures the regular file at `path`, which had the status at `at` of `words`. Throws what the calls throw. */
  async capture(path: string, words: Int32Array, at: number): Promise<CapturedFile> {
    const descriptor = openForReading(path);
    try {
      let expected = words.subarray(at, at + STATUS_WORDS);
      for (let attempt = 1; ; attempt++) {
        const id = await this.readContent(descriptor, readLongWord(expected, WORD.size));
        const errno = readDescriptorStatus(descriptor, this.words, 0);
        if (errno !== 0) throw posixError({ syscall: 'statx', errno, path });
        const stable = id !== undefined && sameStatus(expected, this.words);
        if (stable || (attempt >= ATTEMPTS && id !== undefined)) {
          const extras = readExtraAttributes(descriptor, this.words);
          return { id, extras, newWords: this.changed(words, at), unstable: !stable };
        }
        if (attempt >= ATTEMPTS * 2 || fileType(this.words[WORD.mode]) !== 'file') throw restlessFile(path);
        expected = this.words.slice();
      }
    } finally {
      closeSync(descriptor);
    }
  }

  /** Stores one chunk of a file that another thread reads. */
  async captureChunk(bytes: Uint8Array): Promise<ObjectId> {
    const target = await this.options.writer.reserve('blob', bytes.length);
    target.set(bytes);
    return this.options.writer.seal(bytes.length);
  }

  private changed(words: Int32Array, at: number): Int32Array | undefined {
    return sameStatus(words.subarray(at, at + STATUS_WORDS), this.words) ? undefined : this.words.slice();
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
    const { platform, format, cutter, writer } = this.options;
    const ids: ObjectId[] = [];
    const addChunk = async (bytes: Uint8Array) => void ids.push(await this.captureChunk(bytes));
    const large = new LargeObject({ platform, format, cutter, kind: 'blob', sizeBytes, addChunk });
    this.window ??= Buffer.allocUnsafeSlow(WINDOW_BYTES);
    if (!(await streamFile(descriptor, { sizeBytes, window: this.window, large }))) return undefined;
    const recipe = large.finish(ids);
    await writer.addRecipe(recipe);
    return recipe.id;
  }
}

/** Feeds the first `sizeBytes` bytes of an open file to `large`; answers false where the file has fewer. */
export async function streamFile(
  descriptor: number,
  stream: { readonly sizeBytes: number; readonly window: Buffer; readonly large: LargeObject },
): Promise<boolean> {
  const { sizeBytes, window, large } = stream;
  let read = 0;
  let kept = 0;
  while (read < sizeBytes) {
    const wanted = Math.min(window.length - kept, sizeBytes - read);
    const got = readFully(descriptor, window.subarray(kept, kept + wanted), read);
    if (got < wanted) return false;
    read += got;
    const filled = kept + got;
    const used = await large.take(window.subarray(0, filled), read === sizeBytes);
    window.copyWithin(0, used, filled);
    kept = filled - used;
  }
  return true;
}

/** Opens a regular file without following a symbolic link, and without touching its access time where that may be. */
export function openForReading(path: string): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(nodePath(path), flags | constants.O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return openSync(nodePath(path), flags);
  }
}

function readFully(descriptor: number, target: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < target.length) {
    const got = readSync(descriptor, target, filled, target.length - filled, position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

function sameStatus(left: Int32Array, right: Int32Array): boolean {
  for (let i = 0; i < COMPARED_WORDS; i++) if (left[i] !== right[i]) return false;
  return true;
}

function restlessFile(path: string): Error {
  return Object.assign(new Error(`${path} went on shrinking or was replaced while it was read`), { code: 'ECHANGED' });
}
