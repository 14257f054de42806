// Who is answered: with credentials, whoever has them; without, only programs of the user who serves, on this machine, and no
// web page of somebody else that a browser shows here.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type Credentials, hasCredentials } from './credentials.js';
import { findPeerUser } from './peer-user.js';
import { RefusedRequest } from './refused-request.js';

const ROOT = 0;

/** Throws RefusedRequest where a request is not to be answered. */
export type Admission = (request: IncomingMessage) => void;

/** `host` is the name that was listened on, which is trusted as `localhost` is. */
export function admissionOf(credentials: Credentials | undefined, host: string): Admission {
  return credentials === undefined
    ? admitOwnUser(host)
    : (request) => requireCredentials(credentials, request);
}

function requireCredentials(credentials: Credentials, { headers }: IncomingMessage): void {
  if (hasCredentials(credentials, headers.authorization)) return;
  throw new RefusedRequest(401, 'Say who you are.', {
    headers: { 'WWW-Authenticate': 'Basic realm="savepoint", charset="UTF-8"' },
  });
}

function admitOwnUser(host: string): Admission {
  const admitted = new WeakSet<object>();
  const users = new Set([process.getuid?.(), process.geteuid?.(), ROOT]);
  return ({ headers, socket }) => {
    requireKnownHost(headers.host, host);
    if (admitted.has(socket)) return;
    const user = findPeerUser(socket);
    if (user === undefined || !users.has(user)) {
      throw new RefusedRequest(
        403,
        'Only programs of the user who serves are answered. To serve others, start with credentials.',
        { headers: { Connection: 'close' } },
      );
    }
    admitted.add(socket);
  };
}

/**
 * A page can make its own name lead to this address (DNS rebinding), and then read what is here as its own; the browser still
 * sends that name. An address can't be rebound.
 */
function requireKnownHost(header: string | undefined, host: string): void {
  const name = (header ?? '').replace(/:\d*$/, '').toLowerCase();
  const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  if (isAddress || name === 'localhost' || name === host.toLowerCase()) return;
  throw new RefusedRequest(403, `Nothing is served under the name '${name}': use localhost, or the address.`);
}
