// Files on disk as a backend sees them: there or not there. Folders, and paths through a file, count as not there.
import {
  closeSync,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ReadRange, StoredFile } from '../../store/backend.js';
import { saysAbsent } from './storage-error.js';
import { isStoredName } from './stored-name.js';

/** The bytes of the file at `path`, or of the part of `range` that it has. */
export function readStoredFile(path: string, range?: ReadRange): Uint8Array | undefined {
  const descriptor = openStoredFile(path);
  if (descriptor === undefined) return undefined;
  try {
    return readOpenFile(descriptor, range);
  } finally {
    closeSync(descriptor);
  }
}

/** A descriptor of the file at `path`, for reading; `undefined` where there is no file. */
export function openStoredFile(path: string): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw error;
  }
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  return undefined;
}

/** As `readStoredFile`, of a file that is open. */
export function readOpenFile(descriptor: number, range?: ReadRange): Uint8Array {
  const sizeBytes = fstatSync(descriptor).size;
  const offset = range?.offset ?? 0;
  const length = Math.max(0, Math.min(range?.lengthBytes ?? sizeBytes, sizeBytes - offset));
  const bytes = (range?.into?.length ?? 0) >= length ? range?.into?.subarray(0, length) : undefined;
  return readExactly(descriptor, offset, bytes ?? uninitialized(length));
}

/** Memory that is not cleared first, and that no other buffer shares. */
function uninitialized(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/** Node takes no more than 2 GiB in one call. */
const MOST_BYTES_AT_ONCE = 1 << 30;

function readExactly(descriptor: number, offset: number, bytes: Uint8Array): Uint8Array {
  let filled = 0;
  while (filled < bytes.length) {
    const wanted = Math.min(bytes.length - filled, MOST_BYTES_AT_ONCE);
    const got = readSync(descriptor, bytes, filled, wanted, offset + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled === bytes.length ? bytes : bytes.slice(0, filled);
}

/** Adds the files below `root`/`folder` that have names a backend can store to `files`, in no order. */
export function collectStoredFiles(root: string, folder: string, files: StoredFile[]): void {
  for (const entry of readFolder(join(root, folder))) {
    const name = `${folder}/${entry.name}`;
    if (!isStoredName(name)) continue;
    if (entry.isDirectory()) {
      collectStoredFiles(root, name, files);
      continue;
    }
    const status = findStatus(join(root, name), 'any');
    if (status?.isDirectory()) collectStoredFiles(root, name, files);
    else if (status?.isFile()) files.push({ name, sizeBytes: status.size });
  }
}

/** As `collectStoredFiles`, the names alone: nothing is asked of a file but where its folder doesn't say what it is. */
export function collectStoredNames(root: string, folder: string, names: string[]): void {
  for (const entry of readFolder(join(root, folder))) {
    const name = `${folder}/${entry.name}`;
    if (!isStoredName(name)) continue;
    const isKnown = entry.isFile() || entry.isDirectory();
    const found = isKnown ? entry : findStatus(join(root, name), 'any');
    if (found?.isDirectory()) collectStoredNames(root, name, names);
    else if (found?.isFile()) names.push(name);
  }
}

export function readFolder(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (saysAbsent(error)) return [];
    throw error;
  }
}

/** The status of the file at `path`, or of the folder as well, behind symbolic links. */
export function findStatus(path: string, kind: 'file' | 'any'): Stats | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return kind === 'any' || status?.isFile() ? status : undefined;
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw error;
  }
}

/** Removes the file at `path`. Whether there was one. */
export function removeStoredFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (saysAbsent(error)) return false;
    throw error;
  }
}
