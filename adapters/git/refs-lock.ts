// Git's own lock for packed-refs. What ours holds says which process has it, so that one of a dead process is taken away.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { DurableFolder } from '../backends/durable-write.js';
import { saysAbsent } from '../backends/storage-error.js';
import { removeStoredFile } from '../backends/stored-file.js';
import { createTemporaryName, isAbandoned } from '../backends/temporary-name.js';
import { PACKED_REFS } from './packed-refs.js';

interface Lockable {
  readonly directory: string;
  readonly folder: DurableFolder;
}

/** The path of the lock, to be removed in the end. Throws LOCKED where somebody else has it. */
export async function takeRefsLock(repository: Lockable): Promise<string> {
  const { directory } = repository;
  const path = lockPath(directory);
  if (await makeLock(repository, path)) return path;
  if (removeAbandonedLock(directory) && (await makeLock(repository, path))) return path;
  throw new SavepointError(
    'LOCKED',
    `Refs of ${directory} are being changed by git or another export; repeat. If nobody does that any more, remove ${path} first.`,
    { fields: { path } },
  );
}

/** Takes away what an export that was killed has left. Whether there was anything. */
export function removeAbandonedLock(directory: string): boolean {
  const path = lockPath(directory);
  return isLeftBehind(path) && removeStoredFile(path);
}

function lockPath(directory: string): string {
  return join(directory, `${PACKED_REFS}.lock`);
}

async function makeLock({ folder }: Lockable, path: string): Promise<boolean> {
  const file = await folder.begin();
  try {
    file.write(new TextEncoder().encode(createTemporaryName()));
    return await file.create(path);
  } finally {
    file.discard();
  }
}

function isLeftBehind(path: string): boolean {
  try {
    return isAbandoned(readFileSync(path, 'latin1'), statSync(path).mtimeMs);
  } catch (error) {
    if (saysAbsent(error)) return false;
    throw error;
  }
}
