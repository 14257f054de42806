// Makes points of the tags of a repository behind a smart HTTP server: they are fetched into a repository in the store's
// cache, and imported from there.
import { rmSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import { cleanName } from '../components.js';
import { listRemoteRefs } from '../composition.js';
import type { Session } from '../session.js';
import { cacheNameOf, withCachedRepository } from './cached-repository.js';
import { fetchTags } from './fetch-tags.js';
import { type GitImportResult, importRepository } from './import-repository.js';
import type { GitImportOptions } from './imported-point.js';
import { noSuchTag } from './no-such-tag.js';
import { type GitLogin, remoteOf } from './remote-of.js';
import { TAGS } from './tag-name.js';

export interface GitFetchOptions extends GitImportOptions, GitLogin {
  /** Told how much has come. */
  readonly onReceive?: (received: { readonly bytes: number }) => void;
}

export interface GitFetchResult extends Omit<GitImportResult, 'repository'> {
  /** Without a password. */
  readonly url: string;
}

/**
 * Fetches and imports. Throws what `importRepository` does, and REMOTE_UNREACHABLE, REMOTE_NOT_FOUND, REMOTE_LOGIN_FAILED,
 * REMOTE_FAILED; PROGRAM_MISSING for a server whose objects are not named by sha1, where there is no git.
 */
export async function fetchPoints(
  session: Session,
  address: string,
  options: GitFetchOptions = {},
): Promise<GitFetchResult> {
  const remote = remoteOf(address, options);
  const { url } = remote;
  const known = await listRemoteRefs(remote, 'fetch');
  const names = [...known.refs.keys()].flatMap((ref) =>
    ref.startsWith(TAGS) ? [ref.slice(TAGS.length)] : [],
  );
  const { tags = [], onReceive, signal } = options;
  for (const tag of tags) if (!known.refs.has(TAGS + tag)) throw noSuchTag(tag, { place: url, known: names });
  if (names.length === 0) return { ...NOTHING, url, objectFormat: known.objectFormat };
  const name = basename(new URL(url).pathname).replace(/\.git$/, '');
  const place = {
    component: options.component ?? cleanName(name),
    origin: options.origin ?? resolve(name === '' ? 'root' : name),
  };
  const cached = cacheNameOf(session, 'fetch', `${known.objectFormat} ${url}`);
  return withCachedRepository(session, cached, async (directory) => {
    const fetchAndTake = async () => {
      const wanted = tags.length === 0 ? names : tags;
      await fetchTags(remote, known, { directory, tags: wanted, onReceive, signal });
      // The address as it was given may hold a password, which no log is to have.
      const command = ['git', 'fetch', url, ...tags];
      return importRepository(session, directory, { ...options, ...place, tags: wanted, command });
    };
    const { repository: _, ...result } = await makingAnew(directory, fetchAndTake);
    return { ...result, url };
  });
}

const NOTHING = { points: [], unusable: [], submodules: [], newObjects: 0, storedBytes: 0 };

/** What is kept can always be fetched again; where it is damaged, it is. */
async function makingAnew<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSavepointError(error, 'REPOSITORY_CORRUPT')) throw error;
    rmSync(directory, { recursive: true, force: true });
    return work();
  }
}
