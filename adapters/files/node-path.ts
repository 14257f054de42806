// Node's file functions take a name that is not UTF-8 only as bytes.
import { realpathSync } from 'node:fs';
import { decodeName, encodeName, isWellFormed } from '../../store/names.js';

/** `path` as Node's file functions want it. */
export function nodePath(path: string): string | Buffer {
  return isWellFormed(path) ? path : Buffer.from(encodeName(path));
}

/** `path`, with names in our own form, from bytes that Node gave. */
export function pathOfBytes(bytes: Buffer): string {
  return decodeName(bytes);
}

/** `path` without symbolic links. Throws what the system says where it leads nowhere. */
export function realPath(path: string): string {
  return pathOfBytes(realpathSync.native(nodePath(path), { encoding: 'buffer' }));
}

/** As `realPath`; `undefined` where the path leads nowhere, or in a circle. */
export function findRealPath(path: string): string | undefined {
  try {
    return realPath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

/** `path` without symbolic links on the way to it, as far as that is there; what it leads to itself does not matter. */
export function nearestRealPath(path: string): string {
  const at = path.lastIndexOf('/');
  if (at <= 0) return path;
  const directory = path.slice(0, at);
  return joinPath(findRealPath(directory) ?? nearestRealPath(directory), path.slice(at + 1));
}

/** Whether an absolute path is a directory, or lies below it. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** Joins an absolute directory and a name. */
export function joinPath(directory: string, name: string): string {
  if (name === '') return directory;
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}
