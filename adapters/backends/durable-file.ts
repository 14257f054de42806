// One durable file anywhere: written beside its target under a name of this process, synced, and renamed into place. The
// target has its old content, or none, until it has all of the new one; what killed writers left beside it is removed.
import { lstatSync, openSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BackendWriter } from '../../store/backend.js';
import { SavepointError } from '../../store/errors.js';
import { DurableFolder, UnfinishedFile } from './durable-write.js';
import { systemCode, tolerate, toStorageError } from './storage-error.js';
import { createTemporaryName, isAbandoned } from './temporary-name.js';

const PREFIX = '.savepoint-unfinished-';
/** What it holds may be for its owner's eyes only. */
const FILE_MODE = 0o600;

export interface DurableFile extends Pick<BackendWriter, 'append' | 'abort'> {
  /** Durable and in place once this is done. */
  commit(): Promise<void>;
}

/** A new file that takes the place of `path` in the end. Throws PATH_NOT_FOUND, TARGET_CONFLICT, STORAGE_FULL, …. */
export function createDurableFile(path: string): DurableFile {
  const target = lookForTarget(path);
  const directory = dirname(target);
  const attempt = { doing: 'written', path: target, location: directory } as const;
  const coded = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toStorageError(error, attempt);
    }
  };
  let file: UnfinishedFile;
  try {
    removeAbandoned(directory);
    const unfinished = join(directory, PREFIX + createTemporaryName());
    const folder = new DurableFolder(directory, directory);
    file = new UnfinishedFile(folder, unfinished, openSync(unfinished, 'wx', FILE_MODE));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw noDirectory(directory, error);
    throw toStorageError(error, attempt);
  }
  return {
    append: (bytes) => coded(() => file.write(bytes)),
    commit: () => coded(() => file.replace(target)),
    abort: async () => file.discard(),
  };
}

function lookForTarget(path: string): string {
  try {
    return findTarget(path);
  } catch (error) {
    throw toStorageError(error, { doing: 'written', path, location: dirname(path) });
  }
}

/** Where a symbolic link leads, a file is replaced and not the link. */
function findTarget(path: string): string {
  const status = tolerate(['ENOENT', 'ENOTDIR'], () => statSync(path));
  if (status === undefined) {
    const isDangling = tolerate(['ENOENT', 'ENOTDIR'], () => lstatSync(path)) !== undefined;
    if (!isDangling && basename(path) !== '' && !path.endsWith('/')) return path;
    throw noFile(path, 'it leads nowhere');
  }
  if (!status.isFile()) throw noFile(path, status.isDirectory() ? 'it is a directory' : 'it is no file');
  return realpathSync(path);
}

function removeAbandoned(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(PREFIX)) continue;
    const changedAtMs = tolerate(['ENOENT'], () => lstatSync(join(directory, name)).mtimeMs);
    if (changedAtMs === undefined || !isAbandoned(name.slice(PREFIX.length), changedAtMs)) continue;
    tolerate(['ENOENT', 'EACCES', 'EPERM', 'EROFS'], () => rmSync(join(directory, name), { force: true }));
  }
}

function noFile(path: string, why: string): SavepointError {
  return new SavepointError(
    'TARGET_CONFLICT',
    `${path} can't be written as a file: ${why}. Nothing was written; name another file.`,
    { fields: { path, why } },
  );
}

function noDirectory(directory: string, cause: unknown): SavepointError {
  return new SavepointError('PATH_NOT_FOUND', `There is no directory ${directory}; make it first.`, {
    fields: { path: directory },
    cause,
  });
}
