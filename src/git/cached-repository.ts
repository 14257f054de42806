// Repositories of our own between a store and other gits: in the store's cache, so that the next time only what is new is
// done; where that can't be written, in a directory that is gone afterwards.
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session } from '../session.js';

/** Has `work` done with the directory of the repository `name`, which it makes where there is none. */
export async function withCachedRepository<T>(
  session: Session,
  name: string,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const folder = join(session.location, 'cache/git');
  if (isWritable(folder)) return work(join(folder, name));
  const temporary = mkdtempSync(join(tmpdir(), 'savepoint-git-'));
  try {
    return await work(join(temporary, name));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The name of what is kept for an address, which may hold anything. */
export function cacheNameOf(session: Session, purpose: string, text: string): string {
  const digest = session.store.platform.hash('sha256', new TextEncoder().encode(text));
  return `${purpose}-${digest.slice(0, 32)}`;
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
    throw error;
  }
}
