// Fetches tags of a remote repository into one of our own, through isomorphic-git: sha1 only, and what comes is in memory as a
// whole until it is written.
import fs from 'node:fs';
import { authorization, type GitRemote } from './git-remote.js';
import { remoteError } from './remote-error.js';

export interface FetchOptions {
  /** The repository that takes them, made where there is none. */
  readonly gitDirectory: string;
  /** All that the server has, with its branches, where it is empty. */
  readonly tags: readonly string[];
  /** What the server says that its tags are. */
  readonly known: ReadonlyMap<string, string>;
  readonly onProgress?: ((progress: { readonly phase: string; readonly loaded: number }) => void) | undefined;
}

/** Throws REMOTE_UNREACHABLE, REMOTE_LOGIN_FAILED, REMOTE_FAILED, …; what has come until then stays. */
export async function fetchTags(remote: GitRemote, options: FetchOptions): Promise<void> {
  const [git, { default: http }] = await Promise.all([
    import('isomorphic-git'),
    import('isomorphic-git/http/node'),
  ]);
  const { gitDirectory: gitdir, tags, known, onProgress } = options;
  const place = { fs, gitdir };
  await git.init({ ...place, bare: true });
  await git.addRemote({ ...place, remote: 'origin', url: remote.url, force: true });
  const have = new Map<string, string>();
  for (const name of await git.listTags(place)) {
    const id = await git.resolveRef({ ...place, ref: `refs/tags/${name}` });
    // The library leaves a tag as it is that the server has moved.
    if (known.get(name) === id) have.set(name, id);
    else await git.deleteTag({ ...place, ref: name });
  }
  const missing = (tags.length === 0 ? [...known.keys()] : tags).filter((name) => !have.has(name));
  const fetchOne = (name: string, what: { singleBranch: boolean; ref?: string }) =>
    git.fetch({
      ...{ ...place, http, remote: 'origin', url: remote.url, headers: authorization(remote), tags: true },
      ...{ remoteRef: `refs/tags/${name}`, onAuth: () => ({ cancel: true }), ...what },
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  try {
    if (missing.length === 0) return;
    if (tags.length === 0) await fetchOne(missing[0], { singleBranch: false });
    let last = [...have.keys()].at(-1);
    for (const name of tags.length === 0 ? [] : missing) {
      await fetchOne(name, {
        singleBranch: true,
        ...(last === undefined ? {} : { ref: `refs/tags/${last}` }),
      });
      last = name;
    }
  } catch (error) {
    throw remoteError(remote, error);
  }
}
