// Addresses of MariaDB servers: mariadb://USER@HOST:PORT/DATABASE?socket=PATH (or mysql://…). A password has no place in one:
// settings are part of every point, and everybody on a host can read the arguments of programs.
import type { SavepointError } from '../../store/errors.js';
import { addressError, decodePart, passwordInAddress } from '../database/address-error.js';

export interface ConnectionUrl {
  /** Empty where the address names none. */
  readonly database: string;
  /** What tells the client programs where the server is, and who asks. */
  readonly options: readonly string[];
}

const PARTS = /^(?:mariadb|mysql):\/\/(?:([^@/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const HOST = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]*))(?::(\d+))?$/;

/** Parameters that the programs have options for. */
const PARAMETERS = new Set([
  'socket',
  'ssl-ca',
  'ssl-capath',
  'ssl-cert',
  'ssl-key',
  'ssl-verify-server-cert',
  'ssl',
]);

/** Throws CONFIG_INVALID, in words that have nothing of what is secret. */
export function parseConnectionUrl(text: string, component: string): ConnectionUrl {
  const [matched, user = '', authority = '', path = '', query = ''] = PARTS.exec(text) ?? [];
  // With more than one '@', or none of the form: what stands there may well be a password.
  if (matched === undefined) throw /:[^/@]*@/.test(text) ? passwordInAddress(component) : invalid(component);
  const parameters = query === '' ? [] : query.split('&').map((each) => splitParameter(each, component));
  if (user.includes(':') || parameters.some(({ name }) => /^pass(word|wd)?$/.test(name)))
    throw passwordInAddress(component);
  const [isHost, v6, named, port] = HOST.exec(authority) ?? [];
  if (isHost === undefined) throw invalid(component);
  const host = decode(v6 ?? named ?? '', component);
  const unknown = parameters.find(({ name }) => !PARAMETERS.has(name));
  if (unknown !== undefined) throw invalid(component);
  const hasSocket = parameters.some(({ name }) => name === 'socket');
  return {
    database: decode(path, component),
    options: [
      ...(user === '' ? [] : [`--user=${decode(user, component)}`]),
      ...(hasSocket ? ['--protocol=SOCKET'] : []),
      ...(host === '' || hasSocket ? [] : [`--host=${host}`]),
      ...(port === undefined || hasSocket ? [] : [`--port=${port}`, '--protocol=TCP']),
      ...parameters.map(({ name, value }) => `--${name}=${value}`),
    ],
  };
}

function splitParameter(text: string, component: string) {
  const equals = text.indexOf('=');
  if (equals <= 0) throw invalid(component);
  return { name: text.slice(0, equals), value: decode(text.slice(equals + 1), component) };
}

function decode(text: string, component: string): string {
  return decodePart(text, () => invalid(component));
}

function invalid(component: string): SavepointError {
  return addressError(
    component,
    'mariadb://user@host:3306/database or mariadb://user@localhost/database?socket=/run/mysqld/mysqld.sock',
  );
}
