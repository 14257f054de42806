// Asks systemd about itself and its units, and has it do things, by systemctl: that speaks D-Bus to systemd, through the bus
// or, as root, through systemd's own socket, so that it works where no bus runs. One call reads any number of units.
import { existsSync, readdirSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { ABSENT, tolerate } from '../backends/storage-error.js';
import { type ProgramResult, programError, runProgram } from '../system/run-program.js';
import { parseUnits, UNIT_PROPERTIES, type UnitFacts } from './unit-facts.js';
import { matchesUnit } from './unit-name.js';

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ManagerFacts {
  /** As `systemctl is-system-running` says it: running, degraded, starting, … */
  readonly state: string;
  /** The directories that unit files are looked for in, the first one wins. */
  readonly unitPath: readonly string[];
}

/** Whether the host is still starting, by the state of its manager. */
export function isStarting({ state }: Pick<ManagerFacts, 'state'>): boolean {
  return state === 'initializing' || state === 'starting';
}

/** Systemd answers at once; one that is reading all its units again may take longer. */
const ANSWER_MS = 30_000;
/** As many names as surely fit into one command line. */
const MOST_NAMES = 500;

/** Throws PROGRAM_MISSING, or STATE_UNREADABLE where systemd does not run this host or does not answer. */
export async function askManager(options: AskOptions = {}): Promise<ManagerFacts> {
  const text = await ask(['show', '--property=SystemState', '--property=UnitPath'], options);
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  return { state: value('SystemState'), unitPath: value('UnitPath').split(' ').filter(Boolean) };
}

/** What systemd knows of each of the units, be they there or not, in the order of `names`. Throws as `askManager` does. */
export async function askUnits(names: readonly string[], options: AskOptions = {}): Promise<UnitFacts[]> {
  const facts: UnitFacts[] = [];
  const properties = `--property=${UNIT_PROPERTIES.join(',')}`;
  for (let start = 0; start < names.length; start += MOST_NAMES) {
    const some = names.slice(start, start + MOST_NAMES);
    const units = parseUnits(some, await ask(['show', properties, '--', ...some], options));
    if (units.length !== some.length) {
      throw unreadable(`it told of ${units.length} units instead of ${some.length}.`, { units: some });
    }
    facts.push(...units);
  }
  return facts;
}

/** The names of all units that are loaded or installed and match one of the patterns, in order; templates among them. */
export async function findUnits(patterns: readonly string[], options: AskOptions = {}): Promise<string[]> {
  if (patterns.length === 0) return [];
  const columns = ['--all', '--plain', '--full', '--no-legend', '--no-pager', '--', ...patterns];
  const [list, { unitPath }] = await Promise.all([
    ask(['list-units', ...columns], options),
    askManager(options),
  ]);
  const loaded = list.split('\n').map((line) => line.trimStart().split(/\s/)[0]);
  // To have systemd list these takes it several times as long: it also finds out how each of all is enabled.
  const installed = unitPath
    .flatMap((directory) => tolerate(ABSENT, () => readdirSync(directory)) ?? [])
    .filter((name) => patterns.some((each) => matchesUnit(name, each)));
  return [...new Set([...loaded.filter((name) => name !== ''), ...installed])].sort();
}

/** The units that have a job of this type waiting or running: start, stop, restart, … */
export async function askJobs(type: string, options: AskOptions = {}): Promise<Set<string>> {
  const list = await ask(['list-jobs', '--plain', '--full', '--no-legend', '--no-pager'], options);
  const jobs = list.split('\n').map((line) => line.trim().split(/\s+/));
  return new Set(jobs.flatMap(([, unit, each]) => (each === type && unit !== undefined ? [unit] : [])));
}

/** Has systemctl do something, and answers how that ended. Throws PROGRAM_MISSING. */
export async function tellSystemd(args: readonly string[], timeoutMs = ANSWER_MS): Promise<ProgramResult> {
  const all = ['--no-ask-password', ...args];
  const result = await runProgram('systemctl', all, { timeoutMs });
  if (result.isMissing) throw programError('systemctl', all, result);
  return result;
}

async function ask(args: readonly string[], { signal }: AskOptions): Promise<string> {
  const result = await runProgram('systemctl', args, {
    timeoutMs: ANSWER_MS,
    environment: { TZ: 'UTC' },
    signal,
  });
  if (result.exitCode === 0) return result.stdout.toString('utf8');
  const error = programError('systemctl', args, result);
  if (result.isMissing) throw error;
  // The sign that sd_booted(3) goes by.
  if (!existsSync('/run/systemd/system')) throw unreadable('it does not run this host.', {}, error);
  throw unreadable(error.message, {}, error);
}

function unreadable(reason: string, fields: Readonly<Record<string, unknown>>, cause?: unknown) {
  return new SavepointError(
    'STATE_UNREADABLE',
    `systemd can't be asked about its units: ${reason} See what 'systemctl status' says, as root, and repeat.`,
    { fields, cause },
  );
}
