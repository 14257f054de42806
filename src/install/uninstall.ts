// `savepoint uninstall`: takes away what `savepoint install` wrote, all of it or what is left of it, and nothing else. A file
// that was edited stays, unless it is asked for.
import { SavepointError } from '../../store/errors.js';
import { toSystemError } from '../composition.js';
import { openHostRoot } from './host-root.js';
import { type FoundFile, inspectHost, tidyHost } from './inspect-host.js';
import { UNITS, unitPath } from './installed-paths.js';
import { type ManagerProblem, UnitManager } from './manage-units.js';
import { listDoomed, type TakenAway, takeAway } from './take-away.js';

export interface UninstallOptions {
  /** The root directory of an image, instead of this host. */
  readonly root?: string;
  /** Take files away that were edited, too. */
  readonly force?: boolean;
  /** Only say what would be taken away. */
  readonly dryRun?: boolean;
}

export interface UninstallResult extends TakenAway {
  readonly root: string;
  readonly dryRun: boolean;
  /** Files that were edited, and stay. */
  readonly kept: readonly string[];
  /** What has the name of a file of an installation, and is none. */
  readonly foreign: readonly string[];
  readonly managed: boolean;
  /** What systemd did not do. */
  readonly problems: readonly ManagerProblem[];
}

/**
 * Throws PATH_NOT_FOUND, PERMISSION_DENIED, and, when all else is taken away, TARGET_CONFLICT where a file was kept because
 * it was edited. Whatever it throws, it can be repeated.
 */
export async function uninstall(options: UninstallOptions = {}): Promise<UninstallResult> {
  try {
    return await uninstallFrom(options);
  } catch (error) {
    throw toSystemError(error);
  }
}

async function uninstallFrom(options: UninstallOptions): Promise<UninstallResult> {
  const { force = false, dryRun = false } = options;
  const host = openHostRoot(options.root);
  const found = inspectHost(host);
  const filesIn = (state: FoundFile['state']) => found.files.filter((file) => file.state === state);
  const [ours, edited, foreign] = [filesIn('ours'), filesIn('edited'), filesIn('foreign')];
  const doomed = {
    ...{ host, files: force ? [...ours, ...edited] : ours, kept: force ? [] : edited },
    links: found.links.filter(({ state }) => state === 'ours'),
    units: UNITS.map(({ name }) => name).filter((name) => !isPathOf(foreign, unitPath(name))),
  };
  const pathsOf = (files: readonly FoundFile[]) => files.map(({ path }) => path);
  const left = { kept: pathsOf(doomed.kept), foreign: pathsOf(foreign) };
  const about = { root: host.directory, dryRun, ...left };
  if (dryRun) return { ...about, ...listDoomed(doomed), stopped: [], managed: false, problems: [] };
  tidyHost(found);
  const manager = UnitManager.find(host);
  const taken = await takeAway(doomed, manager);
  const problems = manager?.problems ?? [];
  if (left.kept.length > 0) throw keptError(host.locate, left.kept, { ...taken, problems });
  return { ...about, ...taken, managed: manager !== undefined, problems };
}

function isPathOf(files: readonly FoundFile[], path: string): boolean {
  return files.some((file) => file.path === path);
}

function keptError(
  locate: (path: string) => string,
  kept: readonly string[],
  done: TakenAway & Pick<UninstallResult, 'problems'>,
): SavepointError {
  const names = kept.map(locate).join(', ');
  return new SavepointError(
    'TARGET_CONFLICT',
    `${names}: changed since 'savepoint install' wrote it, and so kept. All else is taken away; remove it by hand, or repeat with --force.`,
    { fields: { kept, ...done } },
  );
}
