// Makes points of the tags of a repository behind a smart HTTP server: they are fetched into a repository in the store's
// cache, and imported from there.
import { rmSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { cleanName } from '../components.js';
import { fetchTags, type GitRemote, listRemoteRefs, type RemoteRefs } from '../composition.js';
import type { Session } from '../session.js';
import { cacheNameOf, withCachedRepository } from './cached-repository.js';
import { type GitImportResult, importRepository } from './import-repository.js';
import type { GitImportOptions } from './imported-point.js';
import { noSuchTag } from './no-such-tag.js';
import { type GitLogin, remoteOf } from './remote-of.js';

export interface GitFetchOptions extends GitImportOptions, GitLogin {
  /** Told how far what the server does has come. */
  readonly onReceive?: (progress: { readonly phase: string; readonly loaded: number }) => void;
}

export interface GitFetchResult extends Omit<GitImportResult, 'repository'> {
  /** Without a password. */
  readonly url: string;
}

const TAGS = 'refs/tags/';

/**
 * Fetches and imports. Throws what `importRepository` does, and REMOTE_UNREACHABLE, REMOTE_NOT_FOUND, REMOTE_LOGIN_FAILED,
 * REMOTE_FAILED; UNSUPPORTED for a server whose objects are not named by sha1.
 */
export async function fetchPoints(
  session: Session,
  address: string,
  options: GitFetchOptions = {},
): Promise<GitFetchResult> {
  const remote = remoteOf(address, options);
  const { url } = remote;
  const known = tagsOf(remote, await listRemoteRefs(remote, 'fetch'));
  const { tags = [], onReceive } = options;
  for (const tag of tags) if (!known.has(tag)) throw noSuchTag(tag, { place: url, known: known.keys() });
  if (known.size === 0) return { ...NOTHING, url };
  const name = basename(new URL(url).pathname).replace(/\.git$/, '');
  const place = {
    component: options.component ?? cleanName(name),
    origin: options.origin ?? resolve(name === '' ? 'root' : name),
  };
  const cached = cacheNameOf(session, 'fetch', url);
  return withCachedRepository(session, cached, async (gitDirectory) => {
    const fetchAndTake = async () => {
      await fetchTags(remote, { gitDirectory, tags, known, onProgress: onReceive });
      const wanted = tags.length === 0 ? [...known.keys()] : tags;
      // The address as it was given may hold a password, which no log is to have.
      const command = ['git', 'fetch', url, ...tags];
      return importRepository(session, gitDirectory, { ...options, ...place, tags: wanted, command });
    };
    const { repository: _, ...result } = await makingAnew(gitDirectory, fetchAndTake);
    return { ...result, url };
  });
}

const NOTHING: Omit<GitFetchResult, 'url'> = {
  ...{ points: [], unusable: [], submodules: [], newObjects: 0, storedBytes: 0 },
  objectFormat: 'sha1',
};

/** What is kept can always be fetched again; where it is damaged, it is. */
async function makingAnew<T>(gitDirectory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSavepointError(error, 'REPOSITORY_CORRUPT')) throw error;
    rmSync(gitDirectory, { recursive: true, force: true });
    return work();
  }
}

function tagsOf({ url }: GitRemote, { refs, objectFormat }: RemoteRefs): ReadonlyMap<string, string> {
  if (objectFormat !== 'sha1') {
    throw new SavepointError(
      'UNSUPPORTED',
      `The objects of ${url} are named by ${objectFormat}, and only sha1 can be fetched here: clone it with git, and use 'savepoint git import'.`,
      { fields: { url, objectFormat } },
    );
  }
  const tags = [...refs].filter(([ref]) => ref.startsWith(TAGS));
  return new Map(tags.map(([ref, id]) => [ref.slice(TAGS.length), id]));
}
