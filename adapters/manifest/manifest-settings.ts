// The settings of a component of kind `manifest`, as the schema has them, in the units that the adapter works with.
import { readDurationMs } from '../state/duration.js';
import { settingError } from '../state/setting-error.js';
import type { StateContext } from '../state/state-adapter.js';

export interface ManifestSettings {
  /** Absolute paths of files and directories. */
  readonly paths: readonly string[];
  /** As `sh -c` takes it. */
  readonly apply: string;
  readonly read?: string;
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT = '2m';

/** Throws CONFIG_INVALID for what the schema would not have let through. */
export function readManifestSettings({ component, settings }: StateContext): ManifestSettings {
  const { paths, apply, read, timeout = DEFAULT_TIMEOUT } = settings;
  const timeoutMs = readDurationMs(timeout);
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string'))
    throw settingError(component, 'paths', 'a list of absolute paths');
  if (typeof apply !== 'string') throw settingError(component, 'apply', 'a command');
  if (read !== undefined && typeof read !== 'string') throw settingError(component, 'read', 'a command');
  if (timeoutMs === undefined) throw settingError(component, 'timeout', 'a duration such as 90s or 2m');
  return { paths, apply, ...(read === undefined ? {} : { read }), timeoutMs };
}
