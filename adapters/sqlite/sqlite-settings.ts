// The settings of a component of kind `sqlite`, as the schema has them, in the units that the adapter works with.
import { basename, dirname, isAbsolute, normalize } from 'node:path';
import { readDurationMs } from '../state/duration.js';
import { settingError } from '../state/setting-error.js';
import type { StateContext } from '../state/state-adapter.js';

export interface SqliteSettings {
  /** Absolute; the last name may be a pattern. */
  readonly paths: readonly string[];
  /** Of sqlite3; it is looked for in the PATH where this is missing. */
  readonly program: string | undefined;
  /** How long others may hold what is needed. */
  readonly busyTimeoutMs: number;
}

const DEFAULT_BUSY_TIMEOUT = '30s';

/** Throws CONFIG_INVALID for what the schema would not have let through. */
export function readSqliteSettings({
  component,
  settings,
}: Pick<StateContext, 'component' | 'settings'>): SqliteSettings {
  const { paths, program } = settings;
  if (!isPaths(paths))
    throw settingError(
      component,
      'paths',
      'a list of at least one absolute path, with patterns in its last name alone',
    );
  if (program !== undefined && (typeof program !== 'string' || !isAbsolute(program)))
    throw settingError(component, 'program', 'the absolute path of the program sqlite3');
  const busyTimeoutMs = readDurationMs(settings['busyTimeout'] ?? DEFAULT_BUSY_TIMEOUT);
  if (busyTimeoutMs === undefined) throw settingError(component, 'busyTimeout', 'a duration such as 30s');
  return { paths: paths.map((path) => normalize(path)), program, busyTimeoutMs };
}

export function isPattern(path: string): boolean {
  return basename(path).includes('*');
}

function isPaths(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isPath);
}

function isPath(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    isAbsolute(value) &&
    !/[*\0]/.test(dirname(value)) &&
    !/[/\0]$/.test(value) &&
    !basename(normalize(value)).startsWith('..')
  );
}
