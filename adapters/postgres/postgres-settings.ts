// The settings of a component of kind `postgres`, as the schema has them, in the units that the adapter works with.
import { availableParallelism } from 'node:os';
import { SavepointError } from '../../store/errors.js';
import { parseDurationMs } from '../state/duration.js';
import type { StateContext } from '../state/state-adapter.js';
import type { AccessSettings } from './server-access.js';

export interface PostgresSettings extends AccessSettings {
  /** Names and patterns of databases; that of the address where it is missing. */
  readonly databases?: readonly string[];
  /** Whether roles are put back. */
  readonly roles: boolean;
  /** How many tables are read or written at once. */
  readonly jobs: number;
  /** How long transactions that are under way may take to end before their connections are cut. */
  readonly drainMs: number;
}

const MOST_JOBS = 4;
const DEFAULT_DRAIN = '5s';

/** Throws CONFIG_INVALID for what the schema would not have let through. */
export function readPostgresSettings({ component, settings }: StateContext): PostgresSettings {
  const { url, databases, roles = true, jobs, drain = DEFAULT_DRAIN, programs, systemUser } = settings;
  const invalid = (setting: string, expected: string) =>
    new SavepointError('CONFIG_INVALID', `The setting '${setting}' of ${component} has to be ${expected}.`, {
      fields: { component, setting, expected },
    });
  if (typeof url !== 'string') throw invalid('url', 'the address of a database');
  if (databases !== undefined && !isTexts(databases)) throw invalid('databases', 'a list of names');
  if (typeof roles !== 'boolean') throw invalid('roles', 'true or false');
  if (jobs !== undefined && !isCount(jobs)) throw invalid('jobs', 'a number from 1 on');
  if (programs !== undefined && typeof programs !== 'string') throw invalid('programs', 'a directory');
  if (systemUser !== undefined && typeof systemUser !== 'string') throw invalid('systemUser', 'a name');
  if (typeof drain !== 'string') throw invalid('drain', 'a duration such as 5s');
  return {
    ...{ url, roles, programs, systemUser, drainMs: parseDurationMs(drain) },
    jobs: jobs ?? Math.min(MOST_JOBS, availableParallelism()),
    ...(databases === undefined ? {} : { databases }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}
