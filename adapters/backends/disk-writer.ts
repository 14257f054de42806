// One file on its way into a disk backend. It becomes visible under its name whole and durable, or not at all.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { BackendWriter } from '../../store/backend.js';
import { assert } from '../../store/errors.js';
import type { UnfinishedFile } from './durable-write.js';
import { describeClash, toStorageError } from './storage-error.js';

export interface DiskWriterOptions {
  readonly file: UnfinishedFile;
  /** Where the backend is. */
  readonly location: string;
  /** The path that a file of this name gets; throws INVALID_NAME. */
  readonly resolve: (name: string) => string;
  /** Told once, when there is nothing left to abort. */
  readonly onEnd: (writer: BackendWriter) => void;
}

const COMPARED_BYTES = 1 << 20;

export class DiskWriter implements BackendWriter {
  private isOpen = true;

  constructor(private readonly options: DiskWriterOptions) {}

  async append(bytes: Uint8Array): Promise<void> {
    assert(this.isOpen, 'a writer is appended to after its end');
    const { file, location } = this.options;
    try {
      file.write(bytes);
    } catch (error) {
      await this.abort();
      throw toStorageError(error, { doing: 'written', path: file.path, location });
    }
  }

  async commit(name: string): Promise<void> {
    assert(this.isOpen, 'a writer is committed after its end');
    const { file, location, resolve } = this.options;
    const path = resolve(name);
    try {
      if (!(await file.create(path)) && !holdEqualBytes(file.path, path)) throw describeClash(name, path);
    } catch (error) {
      throw toStorageError(error, { doing: 'written', path, location });
    } finally {
      await this.abort();
    }
  }

  async abort(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.options.file.discard();
    this.options.onEnd(this);
  }
}

function holdEqualBytes(leftPath: string, rightPath: string): boolean {
  const left = openSync(leftPath, 'r');
  try {
    const right = openSync(rightPath, 'r');
    try {
      return fstatSync(left).size === fstatSync(right).size && readAlike(left, right);
    } finally {
      closeSync(right);
    }
  } finally {
    closeSync(left);
  }
}

function readAlike(left: number, right: number): boolean {
  const leftBytes = Buffer.allocUnsafe(COMPARED_BYTES);
  const rightBytes = Buffer.allocUnsafe(COMPARED_BYTES);
  for (;;) {
    const leftLength = readSync(left, leftBytes);
    const rightLength = readSync(right, rightBytes);
    if (leftLength !== rightLength) return false;
    if (leftLength === 0) return true;
    if (leftBytes.compare(rightBytes, 0, rightLength, 0, leftLength) !== 0) return false;
  }
}
