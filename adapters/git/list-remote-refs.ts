// Asks a git server what it has, through isomorphic-git. What it says is taken for names and ids only where it can be that.
import type { GitHttpRequest, HttpClient } from 'isomorphic-git/http/node';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId } from '../../store/object-id.js';
import { authorization, type GitRemote, type RemoteRefs } from './git-remote.js';
import { movedRemote, remoteError, remoteFailed } from './remote-error.js';

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
      ...{
        http: withoutRedirects(http, remote),
        url: remote.url,
        forPush: doing === 'push',
        protocolVersion: 1,
      },
      ...{ headers: authorization(remote), onAuth: () => ({ cancel: true }) },
    });
    const capabilities = new Map(Object.entries(found.capabilities)) as Map<string, string | true>;
    const objectFormat = capabilities.get('object-format') === 'sha256' ? 'sha256' : 'sha1';
    // A server that has none says so with a name that none can have.
    const refs = (found.refs ?? []).filter(({ ref }) => ref.startsWith('refs/'));
    for (const { ref, oid } of refs) checkRef(remote, objectFormat, { ref, oid });
    return {
      ...{ objectFormat, capabilities },
      refs: new Map(refs.map(({ ref, oid }) => [ref, oid as ObjectId])),
    };
  } catch (error) {
    throw remoteError(remote, error);
  }
}

/** What is asked for later would be asked of the old address. */
function withoutRedirects(http: HttpClient, remote: GitRemote): HttpClient {
  return {
    async request(asked: GitHttpRequest) {
      const answer = await http.request({ ...asked, fetchOptions: { followRedirects: false } });
      const { statusCode, headers, body } = answer;
      if (statusCode === 200 && body !== undefined)
        return { ...answer, body: inOne(await readWhole(body, remote)) };
      if (statusCode < 300 || statusCode >= 400) return answer;
      // It might go on for ever.
      await body?.return?.();
      throw movedRemote(remote, statusCode, headers?.['location']);
    },
  };
}

/** What servers say last, and behind the line that names the service. */
const FLUSH = '0000';
/** Of millions of refs. */
const MOST_BYTES = 256 << 20;

/** An answer that is cut short would be one of fewer refs. Throws REMOTE_FAILED. */
async function readWhole(body: AsyncIterable<Uint8Array>, remote: GitRemote): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const bytes of body) {
    pieces.push(bytes);
    lengthBytes += bytes.length;
    if (lengthBytes > MOST_BYTES) throw remoteFailed(remote, 'its list of refs does not end');
  }
  const whole = Buffer.concat(pieces);
  const [, ofService] = /^([0-9a-f]{4})# service=/.exec(whole.toString('latin1', 0, 64)) ?? [];
  // What is no git server says something else.
  if (ofService === undefined) return whole;
  const least = Number.parseInt(ofService, 16) + 2 * FLUSH.length;
  if (whole.length >= least && whole.toString('latin1', whole.length - FLUSH.length) === FLUSH) return whole;
  throw remoteFailed(remote, 'its list of refs breaks off: repeat, or see what is between here and there');
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What stands in files of refs, by lines, is not to be anything else. */
function checkRef(
  remote: GitRemote,
  format: ObjectFormat,
  { ref, oid }: { readonly ref: string; readonly oid: string },
): void {
  const isId = /^[0-9a-f]+$/.test(oid) && oid.length === ID_LENGTH_BYTES[format] * 2;
  if (isId && !/[\p{Cc} ]/u.test(ref)) return;
  throw remoteFailed(
    remote,
    `the server has a ref '${ref.slice(0, 100)}' of '${oid.slice(0, 100)}', which none can be`,
  );
}
