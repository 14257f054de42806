// How the server of a component is reached: its address, and a password from a file.
import { readPassword } from '../database/password-file.js';
import { parseRedisAddress } from './redis-address.js';
import type { ServerAccess } from './redis-session.js';
import type { RedisSettings } from './redis-settings.js';

/** Throws CONFIG_INVALID for a wrong address, or a file of a password that can't be read. */
export function accessServer(component: string, { url, passwordFile }: RedisSettings): ServerAccess {
  const address = parseRedisAddress(url, component);
  const password = passwordFile === undefined ? undefined : readPassword(passwordFile, component);
  return { component, address, password };
}
