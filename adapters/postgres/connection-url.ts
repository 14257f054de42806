// Addresses of PostgreSQL servers as libpq takes them: postgres://USER@HOST:PORT/DATABASE?PARAMETER=VALUE. A password has no
// place in one: settings are part of every point, and everybody on a host can read the arguments of programs.
import type { SavepointError } from '../../store/errors.js';
import { addressError, decodePart, passwordInAddress } from '../database/address-error.js';

export interface ConnectionUrl {
  readonly url: string;
  /** The database; that named like the user where it is empty. */
  readonly database: string;
}

/** `scheme`, authority, path and parameters. Of several hosts each may have a port. */
const PARTS = /^(postgres(?:ql)?:\/\/)([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

/** Throws CONFIG_INVALID, in words that have nothing of what is secret. */
export function parseConnectionUrl(text: string, component: string): ConnectionUrl {
  const [, scheme, authority, path = '', query = ''] = PARTS.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) throw invalid(component);
  const parameters = query === '' ? [] : query.split('&');
  const isNamed = (name: string) => (parameter: string) => parameter.startsWith(`${name}=`);
  const [user = ''] = authority.includes('@') ? authority.split('@') : [];
  if (user.includes(':') || parameters.some(isNamed('password')))
    throw passwordInAddress(
      component,
      ' (or one in the format of .pgpass, named by the variable PGPASSFILE)',
    );
  const named = parameters.find(isNamed('dbname'))?.slice('dbname='.length);
  const rest = parameters.filter((each) => !isNamed('dbname')(each));
  const database = named ?? path;
  const url = `${scheme}${authority}/${database}${rest.length === 0 ? '' : `?${rest.join('&')}`}`;
  return { url, database: decode(database, component) };
}

/** The same server, and another database of it. */
export function withDatabase({ url }: ConnectionUrl, database: string): ConnectionUrl {
  const [, scheme, authority, , query] = PARTS.exec(url) ?? [];
  const parameters = query === undefined ? '' : `?${query}`;
  return { url: `${scheme}${authority}/${encodeURIComponent(database)}${parameters}`, database };
}

function decode(text: string, component: string): string {
  return decodePart(text, () => invalid(component));
}

function invalid(component: string): SavepointError {
  return addressError(component, 'postgres://user@host:5432/database');
}
