// What goes wrong with a remote repository, as errors that say what to do. Nothing of them ever holds a password: neither the
// address nor what the library says of it.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { GitRemote } from './git-remote.js';

/** What the library's error, or the system's, means. */
export function remoteError(remote: GitRemote, error: unknown): unknown {
  if (isSavepointError(error)) return error;
  const { code, data, message } = error as {
    code?: string;
    data?: { statusCode?: number };
    message?: string;
  };
  if (code === 'HttpError') return statusError(remote, data?.statusCode ?? 0);
  if (code === 'UserCanceledError') return statusError(remote, 401);
  if (code === 'SmartHttpError' || code === 'ParseError' || code === 'EmptyServerResponseError')
    return noRemote(remote, 'something answers there, but no git server that speaks smart HTTP');
  if (code === 'AbortError') return new SavepointError('ABORTED', 'The work was stopped.', { cause: error });
  if (isFromNetwork(code) || message === 'Request timed out') return unreachable(remote, message ?? '');
  return error;
}

/** What an answer means that is no success. */
export function statusError(remote: GitRemote, status: number): SavepointError {
  const { url } = remote;
  const fields = { url, status };
  if (status === 401 || status === 403) {
    const why =
      remote.credentials === undefined
        ? 'it asks who you are: give --username, and the password in SAVEPOINT_GIT_PASSWORD or --password-file'
        : `it does not let '${remote.credentials.username}' in with this password or token`;
    return new SavepointError('REMOTE_LOGIN_FAILED', `${url} refuses access: ${why}.`, { fields });
  }
  if (status === 404) return noRemote(remote, 'the server knows no repository there');
  if (status >= 300 && status < 400) return movedRemote(remote, status);
  const why =
    status === 413 ? 'the server takes no push as large as this' : `the server answers with status ${status}`;
  return new SavepointError('REMOTE_FAILED', `${url}: ${why}. Its log tells more.`, { fields });
}

/** `location` is what the server answered with, for the question what there is. */
export function movedRemote(remote: GitRemote, status: number, location?: string): SavepointError {
  const place = (location ?? '').replace(/\/info\/refs(\?.*)?$/, '');
  return noRemote(
    remote,
    `the server says that it has moved${place === '' ? '' : ` to ${place}`} (status ${status})`,
  );
}

export function remoteFailed({ url }: GitRemote, why: string, cause?: unknown): SavepointError {
  return new SavepointError('REMOTE_FAILED', `${url}: ${why}.`, { fields: { url }, cause });
}

function noRemote({ url }: GitRemote, why: string): SavepointError {
  return new SavepointError(
    'REMOTE_NOT_FOUND',
    `There is no git repository at ${url}: ${why}. Look at the address; a server that does not make repositories by itself needs one to be made first.`,
    { fields: { url } },
  );
}

function unreachable({ url }: GitRemote, why: string): SavepointError {
  return new SavepointError('REMOTE_UNREACHABLE', `${url} can't be reached: ${why}. Repeat it when it can.`, {
    fields: { url },
  });
}

/** Codes of the system, of name resolution and of TLS. */
function isFromNetwork(code: string | undefined): boolean {
  return code !== undefined && /^(E[A-Z]+|ERR_(TLS|SSL)\w*|\w*CERT\w*|UNABLE_TO\w*)$/.test(code);
}
