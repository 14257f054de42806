// Addresses of Redis servers: redis://USER@HOST:PORT/DATABASE, rediss:// for TLS, unix:///PATH/TO/SOCKET?db=DATABASE. A password has
// no place in one: settings are part of every point.
import type { SavepointError } from '../../store/errors.js';
import { addressError, decodePart, passwordInAddress } from '../database/address-error.js';

export interface RedisAddress {
  readonly place:
    | { readonly socket: string }
    | { readonly host: string; readonly port: number; readonly isSecure: boolean };
  readonly user: string | undefined;
  /** The number of the database; 0 where it says none. */
  readonly database: number;
}

const DEFAULT_PORT = 6379;
const NETWORK =
  /^(rediss?):\/\/(?:([^@/?#]*)@)?(\[[0-9A-Fa-f:.%]+\]|[^@:/?#]*)(?::([0-9]{1,5}))?(?:\/([0-9]*))?(?:\?([^#]*))?$/;
const SOCKET = /^unix:\/\/(?:([^@/?#]*)@)?(\/[^?#]+)(?:\?([^#]*))?$/;

/** Throws CONFIG_INVALID, in words that have nothing of what is secret. */
export function parseRedisAddress(text: string, component: string): RedisAddress {
  const network = NETWORK.exec(text);
  if (network !== null) {
    const [, scheme, user, host = '', port, database, query] = network;
    const number = port === undefined ? DEFAULT_PORT : Number(port);
    if (number < 1 || number > 65_535) throw invalid(component);
    return {
      place: {
        host: host === '' ? 'localhost' : host.replace(/^\[(.*)\]$/, '$1'),
        ...{ port: number, isSecure: scheme === 'rediss' },
      },
      ...readRest({ user, database, query }, component),
    };
  }
  const socket = SOCKET.exec(text);
  if (socket === null)
    throw /^[a-z]+:\/\/[^@]*:[^@]*@/.test(text) ? passwordInAddress(component) : invalid(component);
  const [, user, path = '', query] = socket;
  return {
    place: { socket: decode(path, component) },
    ...readRest({ user, database: '', query }, component),
  };
}

function readRest(
  parts: {
    readonly user: string | undefined;
    readonly database: string | undefined;
    readonly query: string | undefined;
  },
  component: string,
): Pick<RedisAddress, 'user' | 'database'> {
  const { user = '', database = '', query = '' } = parts;
  const parameters = new URLSearchParams(query);
  if (user.includes(':') || parameters.has('password')) throw passwordInAddress(component);
  const number = database === '' ? (parameters.get('db') ?? '0') : database;
  if (!/^[0-9]{1,6}$/.test(number)) throw invalid(component);
  return { user: user === '' ? undefined : decode(user, component), database: Number(number) };
}

function decode(text: string, component: string): string {
  return decodePart(text, () => invalid(component));
}

function invalid(component: string): SavepointError {
  return addressError(component, 'redis://user@host:6379/0 or unix:///run/redis/redis.sock?db=0');
}
