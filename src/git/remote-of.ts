// The remote that a user means: its address, and who asks. A password is taken from where it is not seen by others: a file or
// the environment; one that stands in the address is taken out of it before anything is said or kept.
import { readFileSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import type { GitRemote } from '../composition.js';

export interface GitLogin {
  /** Who asks; the name in the address unless set. */
  readonly username?: string;
  /** A password or token; else that in `passwordFile`, in $SAVEPOINT_GIT_PASSWORD, or in the address. */
  readonly password?: string;
  /** A file whose first line is the password. */
  readonly passwordFile?: string;
}

export const PASSWORD_VARIABLE = 'SAVEPOINT_GIT_PASSWORD';
/** Servers that know a token by itself take any name with it. */
const NAME_OF_TOKENS = 'token';

/** Throws USAGE where `address` is none of a smart HTTP server, and PATH_NOT_FOUND where there is no such file. */
export function remoteOf(address: string, login: GitLogin = {}): GitRemote {
  const url = parseAddress(address);
  const named = { username: decoded(url.username), password: decoded(url.password) };
  url.username = '';
  url.password = '';
  const clean = url.href.replace(/\/+$/, '');
  const fromFile = login.passwordFile === undefined ? undefined : readPassword(login.passwordFile);
  const password = login.password ?? fromFile ?? process.env[PASSWORD_VARIABLE] ?? named.password;
  const username = login.username ?? named.username;
  if (username === '' && password === '') return { url: clean };
  return { url: clean, credentials: { username: username === '' ? NAME_OF_TOKENS : username, password } };
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    if (url.search === '' && url.hash === '') return url;
    throw new SavepointError('USAGE', 'The address of a git repository ends with its path, without ? and #.');
  }
  const isSecureShell = url?.protocol === 'ssh:' || /^[^/]+@[^/]+:/.test(address);
  const hint = isSecureShell
    ? "over ssh, let git do it: 'savepoint git export DIR', and 'git push' or 'git fetch' there"
    : "for a directory there are 'savepoint git export' and 'savepoint git import'";
  throw new SavepointError(
    'USAGE',
    `That is no address of a git server that is reached by http or https, such as https://git.example.org/points.git; ${hint}.`,
  );
}

/** A '%' that does not begin the code of a character is meant as it stands there. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function readPassword(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n')[0].trimEnd();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const isDenied = code === 'EACCES' || code === 'EPERM';
    throw new SavepointError(
      isDenied ? 'PERMISSION_DENIED' : 'PATH_NOT_FOUND',
      `The password file ${path} can't be read.`,
      { fields: { path }, cause: error },
    );
  }
}
