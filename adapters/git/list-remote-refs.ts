// Asks a git server what it has, through isomorphic-git.
import type { ObjectId } from '../../store/object-id.js';
import { authorization, type GitRemote, type RemoteRefs } from './git-remote.js';
import { remoteError } from './remote-error.js';

/**
 * Asks what is there, for one of git's two services. Throws REMOTE_UNREACHABLE, REMOTE_NOT_FOUND, REMOTE_LOGIN_FAILED and
 * REMOTE_FAILED.
 */
export async function listRemoteRefs(remote: GitRemote, doing: 'push' | 'fetch'): Promise<RemoteRefs> {
  const [git, { default: http }] = await Promise.all([
    import('isomorphic-git'),
    import('isomorphic-git/http/node'),
  ]);
  try {
    const found = await git.getRemoteInfo2({
      ...{ http, url: remote.url, forPush: doing === 'push', protocolVersion: 1 },
      ...{ headers: authorization(remote), onAuth: () => ({ cancel: true }) },
    });
    const refs = (found.refs ?? []).map(({ ref, oid }) => [ref, oid as ObjectId] as const);
    const capabilities = new Map(Object.entries(found.capabilities)) as Map<string, string | true>;
    return {
      objectFormat: capabilities.get('object-format') === 'sha256' ? 'sha256' : 'sha1',
      capabilities,
      // A server that has none says so with a name that none can have.
      refs: new Map(refs.filter(([ref]) => ref.startsWith('refs/'))),
    };
  } catch (error) {
    throw remoteError(remote, error);
  }
}
