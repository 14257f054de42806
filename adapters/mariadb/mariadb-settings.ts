// The settings of a component of kind `mariadb`, as the schema has them, in the units that the adapter works with.
import { availableParallelism } from 'node:os';
import { readDurationMs } from '../state/duration.js';
import { settingError } from '../state/setting-error.js';
import type { StateContext } from '../state/state-adapter.js';
import type { AccessSettings } from './server-access.js';

export interface MariadbSettings extends AccessSettings {
  /** Names and patterns of databases; that of the address where it is missing. */
  readonly databases?: readonly string[];
  /** Whether accounts and their grants are put back. */
  readonly users: boolean;
  /** How many sessions load a new database at once. */
  readonly jobs: number;
  /** How long transactions that are under way may take to end before their connections are cut, and how long others' locks are waited for. */
  readonly drainMs: number;
}

const MOST_JOBS = 4;
const DEFAULT_DRAIN = '5s';

/** Throws CONFIG_INVALID for what the schema would not have let through. */
export function readMariadbSettings({ component, settings }: StateContext): MariadbSettings {
  const { url, databases, users = true, jobs, passwordFile, programs } = settings;
  const drainMs = readDurationMs(settings['drain'] ?? DEFAULT_DRAIN);
  const demand = (holds: boolean, setting: string, expected: string) => {
    if (!holds) throw settingError(component, setting, expected);
  };
  demand(databases === undefined || isTexts(databases), 'databases', 'a list of names');
  demand(jobs === undefined || isCount(jobs), 'jobs', 'a number from 1 on');
  for (const [setting, value] of Object.entries({ passwordFile, programs }))
    demand(value === undefined || typeof value === 'string', setting, 'a text');
  if (typeof url !== 'string') throw settingError(component, 'url', 'the address of a database');
  if (typeof users !== 'boolean') throw settingError(component, 'users', 'true or false');
  if (drainMs === undefined) throw settingError(component, 'drain', 'a duration such as 5s');
  return {
    ...{ url, users, drainMs },
    jobs: (jobs as number | undefined) ?? Math.min(MOST_JOBS, availableParallelism()),
    passwordFile: passwordFile as string | undefined,
    programs: programs as string | undefined,
    ...(databases === undefined ? {} : { databases: databases as string[] }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}
