// Node's file functions take a name that is not UTF-8 only as bytes.
import { decodeName, encodeName, isWellFormed } from '../../store/names.js';

/** `path` as Node's file functions want it. */
export function nodePath(path: string): string | Buffer {
  return isWellFormed(path) ? path : Buffer.from(encodeName(path));
}

/** `path`, with names in our own form, from bytes that Node gave. */
export function pathOfBytes(bytes: Buffer): string {
  return decodeName(bytes);
}

/** Joins an absolute directory and a name. */
export function joinPath(directory: string, name: string): string {
  if (name === '') return directory;
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}
