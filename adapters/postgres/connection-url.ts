// Addresses of PostgreSQL servers as libpq takes them: postgres://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE. A password
// is taken out of what programs are given as arguments, which everybody on the host can read.
import { SavepointError } from '../../store/errors.js';

export interface ConnectionUrl {
  /** Without the password. */
  readonly url: string;
  readonly password?: string;
  /** The database; that named like the user where it is empty. */
  readonly database: string;
}

/** `scheme`, authority, path and parameters. Of several hosts each may have a port. */
const PARTS = /^(postgres(?:ql)?:\/\/)([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

/** Throws CONFIG_INVALID, in words that have nothing of what is secret. */
export function parseConnectionUrl(text: string, component: string): ConnectionUrl {
  const [, scheme, authority, path = '', query = ''] = PARTS.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) throw invalid(component);
  const at = authority.lastIndexOf('@');
  const [user = '', ...secret] = authority.slice(0, Math.max(at, 0)).split(':');
  const hosts = authority.slice(at + 1);
  const parameters = query === '' ? [] : query.split('&');
  const isPassword = (parameter: string) => parameter.startsWith('password=');
  const named = parameters.find(isPassword)?.slice('password='.length);
  const password = named ?? (secret.length === 0 ? undefined : secret.join(':'));
  const database = parameters.find((each) => each.startsWith('dbname='))?.slice('dbname='.length) ?? path;
  const rest = parameters.filter((each) => !isPassword(each) && !each.startsWith('dbname='));
  const url = `${scheme}${at === -1 ? '' : `${user}@`}${hosts}/${database}${rest.length === 0 ? '' : `?${rest.join('&')}`}`;
  return {
    ...{ url, database: decode(database, component) },
    ...(password === undefined ? {} : { password: decode(password, component) }),
  };
}

/** The same server, and another database of it. */
export function withDatabase({ url, ...rest }: ConnectionUrl, database: string): ConnectionUrl {
  const [, scheme, authority, , query] = PARTS.exec(url) ?? [];
  const parameters = query === undefined ? '' : `?${query}`;
  return { ...rest, url: `${scheme}${authority}/${encodeURIComponent(database)}${parameters}`, database };
}

function decode(text: string, component: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw invalid(component);
  }
}

function invalid(component: string): SavepointError {
  return new SavepointError(
    'CONFIG_INVALID',
    `The setting 'url' of ${component} has to be an address such as postgres://user@host:5432/database, with % before the hexadecimal code of what is special in it.`,
    { fields: { component, setting: 'url' } },
  );
}
