// The settings of a component of kind `redis`, as the schema has them, in the units that the adapter works with.
import { settingError } from '../state/setting-error.js';
import type { StateContext } from '../state/state-adapter.js';

export interface RedisSettings {
  readonly url: string;
  /** An absolute path: the password is all that is in it. */
  readonly passwordFile: string | undefined;
  /** Patterns as KEYS has them; all keys where it is missing. */
  readonly keys: readonly string[] | undefined;
  /** Numbers, or all that have keys; that of the address where it is missing. */
  readonly databases: readonly number[] | 'all' | undefined;
  /** A directory of redis-server. */
  readonly programs: string | undefined;
}

/** Throws CONFIG_INVALID for what the schema would not have let through. */
export function readRedisSettings({ component, settings }: StateContext): RedisSettings {
  const { url, passwordFile, keys, databases, programs } = settings;
  const demand = (holds: boolean, setting: string, expected: string) => {
    if (!holds) throw settingError(component, setting, expected);
  };
  for (const [setting, value] of Object.entries({ passwordFile, programs }))
    demand(value === undefined || typeof value === 'string', setting, 'a text');
  demand(keys === undefined || isListOf(keys, isPattern), 'keys', 'a list of patterns such as session:*');
  const isAll = Array.isArray(databases) && databases.length === 1 && databases[0] === '*';
  demand(
    databases === undefined || isAll || isListOf(databases, isNumber),
    'databases',
    'a list of numbers from 0 on, or ["*"]',
  );
  if (typeof url !== 'string') throw settingError(component, 'url', 'the address of a server');
  return {
    url,
    passwordFile: passwordFile as string | undefined,
    keys: keys as string[] | undefined,
    databases: isAll ? 'all' : (databases as unknown as number[] | undefined),
    programs: programs as string | undefined,
  };
}

function isListOf(value: unknown, isOne: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isOne);
}

function isPattern(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
