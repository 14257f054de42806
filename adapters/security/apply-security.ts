// Prepares and does what is to be done besides putting files back. Each action looks at what is there first, so that all of
// them may be done again from the beginning, and reads back what it has done.
import { existsSync, readFileSync } from 'node:fs';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { closeDescriptor, openDirectory, openDirectoryBeneath } from '../node/posix-directory.js';
import { removeXattr, setXattr } from '../node/posix-xattr.js';
import type {
  ApplyContext,
  JsonValue,
  StageContext,
  StateProblem,
  StateStep,
} from '../state/state-adapter.js';
import { programError, runProgram } from '../system/run-program.js';
import { applyProfiles } from './apply-profiles.js';
import { runningCaches } from './capture-security.js';
import { type KnownWays, readWays } from './check-way-in.js';
import { CAPABILITY_ATTRIBUTE, isFileThere, isRootsAlone, readCapability } from './file-capabilities.js';
import { listProcesses } from './running-processes.js';
import { type CacheAction, type CapabilityAction, objectOf, type SecurityAction } from './security-action.js';

export interface PreparedSecurity {
  readonly actions: readonly SecurityAction[];
  /** Who could come in before. */
  readonly ways: KnownWays;
}

/** Throws STATE_BUSY where accounts are being changed, PROGRAM_MISSING and UNSUPPORTED where a step can't be done here. */
export async function stageSecurity(
  steps: readonly StateStep[],
  context: StageContext,
): Promise<PreparedSecurity> {
  checkUnlocked();
  const actions = steps.map(({ data }) => data as unknown as SecurityAction);
  // Finds out whether attributes can be handled at all here.
  if (actions.some(({ kind }) => kind === 'capability')) readCapability('/');
  if (actions.some((action) => action.kind === 'profile' && action.mode !== null)) {
    const result = await runProgram('apparmor_parser', ['--version']);
    if (result.exitCode !== 0) throw programError('apparmor_parser', ['--version'], result);
  }
  return { actions, ways: await readWays(context) };
}

export async function applySecurity(
  prepared: PreparedSecurity,
  context: ApplyContext,
): Promise<StateProblem[]> {
  const problems: StateProblem[] = [];
  const finish = (action: SecurityAction, problem: StateProblem | undefined) => {
    if (problem === undefined) context.done({ object: objectOf(action) });
    else problems.push(problem);
  };
  for (const action of prepared.actions) {
    if (action.kind === 'capability') finish(action, applyCapability(action));
  }
  const profiles = prepared.actions.filter((action) => action.kind === 'profile');
  const failed = await applyProfiles(profiles);
  for (const action of profiles) finish(action, failed.get(action.name));
  for (const action of prepared.actions) {
    if (action.kind === 'cache') finish(action, await invalidate(action));
  }
  return problems;
}

export function preparedOf(prepared: JsonValue): PreparedSecurity {
  return prepared as unknown as PreparedSecurity;
}

/** What useradd(8) and its like make while they change accounts, with the number of their process. */
const LOCKS = ['/etc/passwd.lock', '/etc/shadow.lock', '/etc/group.lock', '/etc/gshadow.lock'];

function checkUnlocked(): void {
  for (const path of LOCKS) {
    if (!existsSync(path)) continue;
    const holder = Number.parseInt(readFileSync(path, 'utf8'), 10);
    if (!(holder > 0) || !existsSync(`/proc/${holder}`)) continue;
    throw new SavepointError(
      'STATE_BUSY',
      `Process ${holder} is changing accounts (${path}): wait until it is done, and repeat.`,
      { fields: { path, process: holder } },
    );
  }
}

function applyCapability(action: CapabilityAction): StateProblem | undefined {
  const problem = (code: string, message: string) => ({ object: objectOf(action), code, message });
  const { path, value } = action;
  try {
    if (!isFileThere(path)) {
      if (action.ifThere === true || value === null) return undefined;
      return problem(
        'STATE_REFUSED',
        `can't be set: the file is not there. Install again what it belongs to.`,
      );
    }
    if ((readCapability(path)?.value ?? null) === value) return undefined;
    if (value !== null && !isRootsAlone(path)) {
      const message = `are not set: others than root can write the file by now, so it may be another. Look at it and run setcap yourself.`;
      return problem('STATE_REFUSED', message);
    }
    writeCapability(path, value);
    if ((readCapability(path)?.value ?? null) === value) return undefined;
    return problem(
      'STATE_REFUSED',
      `are not what was set: something else changes them. Find out what, and repeat.`,
    );
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    return problem(error.code, `can't be set: ${error.message}`);
  }
}

/** Through its directory, opened without following a link that somebody may have put in the way. */
function writeCapability(path: string, value: string | null): void {
  const slash = path.lastIndexOf('/');
  const root = openDirectory('/');
  try {
    const directory = openDirectoryBeneath(root, path.slice(1, Math.max(1, slash)));
    try {
      const file = { directory, name: path.slice(slash + 1) };
      if (value === null) removeXattr(file, CAPABILITY_ATTRIBUTE);
      else setXattr(file, CAPABILITY_ATTRIBUTE, Buffer.from(value, 'hex'));
    } finally {
      closeDescriptor(directory);
    }
  } finally {
    closeDescriptor(root);
  }
}

const INVALIDATIONS = {
  nscd: [
    ['nscd', '--invalidate=passwd'],
    ['nscd', '--invalidate=group'],
  ],
  sssd: [['sss_cache', '--everything']],
} as const;

async function invalidate(action: CacheAction): Promise<StateProblem | undefined> {
  if (!runningCaches(listProcesses()).includes(action.cache)) return undefined;
  for (const [program, ...args] of INVALIDATIONS[action.cache]) {
    const result = await runProgram(program, args);
    if (result.exitCode === 0) continue;
    const error = programError(program, args, result);
    const message = `may still know the former users and groups: restart ${action.cache}. ${error.message}`;
    return { object: objectOf(action), code: error.code, message };
  }
  return undefined;
}
