// The settings of the kind `packages`, with what holds where they are missing.
import type { JsonObject } from '../state/state-adapter.js';

export type Manager = 'apt' | 'npm';

export interface PackagesSettings {
  readonly managers: readonly Manager[];
  readonly repack: boolean;
  readonly npmPrefix?: string;
}

export function readSettings(settings: JsonObject): PackagesSettings {
  const { managers = ['apt'], repack = true, npmPrefix } = settings;
  return {
    managers: managers as readonly Manager[],
    repack: repack === true,
    ...(typeof npmPrefix === 'string' ? { npmPrefix } : {}),
  };
}
