// `savepoint install`: makes a host take points, recover at boot and watch over changes. All is checked before the first file
// is written; what somebody else put there, and what an operator has changed, stays. Installing again changes nothing.
import { SavepointError } from '../../store/errors.js';
import { toSystemError, writeSystemFiles } from '../composition.js';
import {
  type Conflict,
  type Decided,
  type DecidedFile,
  decideInstallation,
  type FileDeed,
  type LinkDeed,
} from './decide-installation.js';
import { inspectHost, tidyHost } from './inspect-host.js';
import { SAVE_TIMER, UNITS, unitPath, WATCHDOG_SERVICE } from './installed-paths.js';
import { type ManagerProblem, UnitManager } from './manage-units.js';
import { type InstallationPlan, type InstallOptions, planInstallation } from './plan-installation.js';
import { takeAway } from './take-away.js';

export interface InstalledFile {
  /** In the root. */
  readonly path: string;
  readonly did: FileDeed;
  /** Missing of a file that was removed. */
  readonly content?: string;
}

export interface InstalledLink {
  readonly path: string;
  readonly target: string;
  readonly did: LinkDeed;
}

export interface InstallResult {
  readonly root: string;
  readonly store: string;
  /** The configuration; missing where there is none. */
  readonly config?: string;
  readonly dryRun: boolean;
  readonly files: readonly InstalledFile[];
  /** Those by which targets want the units. */
  readonly links: readonly InstalledLink[];
  /** Whether systemd was told; without it, the units count from the next boot on. */
  readonly managed: boolean;
  /** The units that run now. */
  readonly started: readonly string[];
  readonly warnings: readonly string[];
  /** What systemd did not do. */
  readonly problems: readonly ManagerProblem[];
}

/**
 * Throws USAGE, UNSUPPORTED, PATH_NOT_FOUND, what reading the configuration throws, and TARGET_CONFLICT where a file is
 * another's or was edited (unless `force`); then, as with PERMISSION_DENIED, STORAGE_FULL and STORAGE_FAILED, nothing
 * is written.
 */
export async function install(options: InstallOptions = {}): Promise<InstallResult> {
  try {
    return await installPlanned(planInstallation(options), options);
  } catch (error) {
    throw toSystemError(error);
  }
}

async function installPlanned(plan: InstallationPlan, options: InstallOptions): Promise<InstallResult> {
  const { host, store, config } = plan;
  const { dryRun = false } = options;
  const found = inspectHost(host);
  const decided = decideInstallation(found, plan, options.force ?? false);
  const { conflicts } = decided;
  const result = {
    ...{ root: host.directory, store, ...(config === undefined ? {} : { config }), dryRun },
    files: decided.files.map(({ found: { path }, did, content }) => ({
      ...{ path, did, ...(content === undefined ? {} : { content }) },
    })),
    links: decided.links.map(({ found: { path, target }, did }) => ({ path, target, did })),
  };
  if (dryRun) {
    const warnings = [...plan.warnings, ...conflicts.map(({ message }) => message)];
    return { ...result, managed: false, started: [], warnings, problems: [] };
  }
  if (conflicts.length > 0) throw refuse(conflicts);
  tidyHost(found);
  const manager = UnitManager.find(host);
  await write(decided, manager);
  await removeOthers(decided, { plan, manager });
  const started = manager === undefined ? [] : bringUp(manager, decided);
  const { warnings } = plan;
  return { ...result, managed: manager !== undefined, started, warnings, problems: manager?.problems ?? [] };
}

function refuse(conflicts: readonly Conflict[]): SavepointError {
  const [{ path, message }] = conflicts;
  const paths = conflicts.map((conflict) => conflict.path);
  const more = paths.length === 1 ? '' : ` The same holds for ${paths.slice(1).join(', ')}.`;
  return new SavepointError('TARGET_CONFLICT', `${message}${more} Nothing was written.`, {
    fields: { path, paths },
  });
}

/** Where systemd is there, it makes the links. */
async function write({ files, links }: Decided, manager: UnitManager | undefined): Promise<void> {
  const wanted = files.filter(({ did }) => did === 'written' || did === 'updated');
  await writeSystemFiles({
    files: wanted.map(({ found: { located, bytes, state }, content = '' }) => ({
      ...{ path: located, content: Buffer.from(content) },
      ...(state === 'absent' || bytes === undefined ? {} : { replaces: bytes }),
    })),
    links:
      manager !== undefined
        ? []
        : links
            .filter(({ did }) => did === 'written')
            .map(({ found: { located, target } }) => ({ path: located, target })),
  });
}

/** What an earlier installation had, and this one has not. */
async function removeOthers(
  { files, links }: Decided,
  context: { readonly plan: InstallationPlan; readonly manager: UnitManager | undefined },
): Promise<void> {
  const { plan, manager } = context;
  const removedFiles = files.filter(({ did }) => did === 'removed').map(({ found }) => found);
  const removedLinks = links.filter(({ did }) => did === 'removed').map(({ found }) => found);
  if (removedFiles.length + removedLinks.length === 0) return;
  const units = UNITS.map(({ name }) => name).filter(
    (name) =>
      removedFiles.some(({ path }) => path === unitPath(name)) ||
      removedLinks.some(({ unit }) => unit === name),
  );
  await takeAway({ host: plan.host, files: removedFiles, links: removedLinks, kept: [], units }, manager);
}

function bringUp(manager: UnitManager, { files, links }: Decided): string[] {
  manager.reload();
  manager.enable(links.filter(({ did }) => did === 'written').map(({ found }) => found.unit));
  const planned = (unit: string) =>
    files.find(({ found: { path }, did }) => path === unitPath(unit) && did !== 'removed');
  return [SAVE_TIMER.name, WATCHDOG_SERVICE.name].filter((unit) => {
    const file: DecidedFile | undefined = planned(unit);
    return file !== undefined && manager.start(unit, { isChanged: file.did === 'updated' });
  });
}
