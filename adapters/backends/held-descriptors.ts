// Files of a disk backend that are kept open: what garbage collection or a merge removes meanwhile stays readable.
import { closeSync } from 'node:fs';
import type { HeldFiles, ReadRange } from '../../store/backend.js';
import { toStorageError } from './storage-error.js';
import { openStoredFile, readOpenFile } from './stored-file.js';

/** A file by its name in the store, and where it is on disk. */
export interface PlacedFile {
  readonly name: string;
  readonly path: string;
}

/** Holds those of `files` that are there. Throws what the system says of any that can't be opened. */
export function holdDescriptors(location: string, files: readonly PlacedFile[]): HeldFiles {
  const held = new HeldDescriptors(location);
  try {
    for (const file of files) held.add(file);
  } catch (error) {
    held.close();
    throw error;
  }
  return held;
}

class HeldDescriptors implements HeldFiles {
  private readonly files = new Map<string, { readonly path: string; readonly descriptor: number }>();

  constructor(private readonly location: string) {}

  add({ name, path }: PlacedFile): void {
    if (this.files.has(name)) return;
    const descriptor = openStoredFile(path);
    if (descriptor !== undefined) this.files.set(name, { path, descriptor });
  }

  read(name: string, range: ReadRange): Uint8Array | undefined {
    const file = this.files.get(name);
    if (file === undefined) return undefined;
    try {
      return readOpenFile(file.descriptor, range);
    } catch (error) {
      throw toStorageError(error, { doing: 'read', path: file.path, location: this.location });
    }
  }

  close(): void {
    for (const { descriptor } of this.files.values()) closeSync(descriptor);
    this.files.clear();
  }
}
