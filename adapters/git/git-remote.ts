// A git repository behind a smart HTTP server: where it is, who asks, and what it has. Its address never holds a password.
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import { remoteError } from './remote-error.js';

export interface GitRemote {
  /** Without credentials. */
  readonly url: string;
  readonly credentials?: GitCredentials | undefined;
}

export interface GitCredentials {
  readonly username: string;
  /** A password or a token. */
  readonly password: string;
}

export interface RemoteRefs {
  readonly objectFormat: ObjectFormat;
  /** What the server can do, with the values that some have. */
  readonly capabilities: ReadonlyMap<string, string | true>;
  /** By their whole names. */
  readonly refs: ReadonlyMap<string, ObjectId>;
}

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

/** The header that says who asks; none where nobody is named. */
export function authorization({ credentials }: GitRemote): Record<string, string> {
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
