// Reads a file of lines while another process writes it (volatile-lines.ts): each line once, also where a new file takes the
// place of the one before.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { saysAbsent, toStorageError } from './storage-error.js';
import { findStatus } from './stored-file.js';

const CHUNK_BYTES = 1 << 16;

export class VolatileLinesReader {
  private open: { readonly descriptor: number; readonly device: number; readonly inode: number } | undefined;
  /** The start of a line whose end is not there yet. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly path: string) {}

  /** The lines that are new since the last call, whole ones only; none where there is no file. Throws STORAGE_FAILED. */
  read(): string[] {
    const lines: string[] = [];
    try {
      // Once a file is replaced nothing is added to it any more.
      const isReplaced = this.isReplaced();
      this.drain(lines);
      if (isReplaced) {
        this.reopen();
        this.drain(lines);
      }
    } catch (error) {
      throw toStorageError(error, { doing: 'read', path: this.path, location: this.path });
    }
    return lines;
  }

  close(): void {
    if (this.open !== undefined) closeSync(this.open.descriptor);
    this.open = undefined;
    this.rest = Buffer.alloc(0);
  }

  /** Whether another file has the name now. One that is only gone may yet be written anew. */
  private isReplaced(): boolean {
    const status = findStatus(this.path, 'file');
    if (status === undefined) return false;
    return status.ino !== this.open?.inode || status.dev !== this.open.device;
  }

  private reopen(): void {
    this.close();
    try {
      const descriptor = openSync(this.path, 'r');
      const { dev: device, ino: inode } = fstatSync(descriptor);
      this.open = { descriptor, device, inode };
    } catch (error) {
      if (!saysAbsent(error)) throw error;
    }
  }

  private drain(lines: string[]): void {
    if (this.open === undefined) return;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const got = readSync(this.open.descriptor, chunk);
      if (got === 0) return;
      const bytes = Buffer.concat([this.rest, chunk.subarray(0, got)]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      if (end > 0) lines.push(...bytes.toString('utf8', 0, end - 1).split('\n'));
      this.rest = bytes.subarray(end);
    }
  }
}
