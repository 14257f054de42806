// The settings of a component of kind `manifest`, as the schema has them, in the units that the adapter works with.
import { SavepointError } from '../../store/errors.js';
import { parseDurationMs } from '../state/duration.js';
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
const DURATION = /^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d))+$/;

/** Throws CONFIG_INVALID for what the schema would not have let through. */
export function readManifestSettings({ component, settings }: StateContext): ManifestSettings {
  const { paths, apply, read, timeout = DEFAULT_TIMEOUT } = settings;
  const timeoutMs = readMilliseconds(timeout);
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string'))
    throw invalid(component, 'paths', 'a list of absolute paths');
  if (typeof apply !== 'string') throw invalid(component, 'apply', 'a command');
  if (read !== undefined && typeof read !== 'string') throw invalid(component, 'read', 'a command');
  if (timeoutMs === undefined) throw invalid(component, 'timeout', 'a duration such as 90s or 2m');
  return { paths, apply, ...(read === undefined ? {} : { read }), timeoutMs };
}

function readMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 0 ? value * 1000 : undefined;
  return typeof value === 'string' && DURATION.test(value) ? parseDurationMs(value) : undefined;
}

function invalid(component: string, setting: string, expected: string): SavepointError {
  return new SavepointError(
    'CONFIG_INVALID',
    `The setting '${setting}' of ${component} has to be ${expected}.`,
    {
      fields: { component, setting, expected },
    },
  );
}
