// What an installation consists of, as a value: the files, the units, and what an operator should know. Nothing is written.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import { isFileComponent } from '../configuration/configuration.js';
import { DEFAULT_LOCATION, findStoreLocation } from '../session.js';
import { aptFiles } from './apt-hook.js';
import { checkBootMounts, nearestReal } from './boot-mounts.js';
import { findBootProgram } from './boot-program.js';
import { describeRisks, describeTransience } from './boot-risks.js';
import { type Configured, checkConfigured, findConfigured, pathInImage } from './find-configured.js';
import { type HostRoot, openHostRoot } from './host-root.js';
import { type PlannedFile, unitFiles } from './unit-files.js';
import { checkPath, isNameable } from './unit-words.js';

export interface InstallOptions {
  /** The store's directory; see `findStoreLocation` for what is taken where this is missing. */
  readonly store?: string;
  /** The configuration; the one that is found where this is missing. */
  readonly config?: string;
  /**
   * The root directory of an image to install into, instead of this host: store and configuration are then paths in it, and
   * neither the working directory nor systemd plays a part.
   */
  readonly root?: string;
  /** Whether points are taken by a timer; they are unless set. */
  readonly timer?: boolean;
  /** How often, in milliseconds; an hour unless set. */
  readonly everyMs?: number;
  /** Whether changes are watched over; they are unless set. */
  readonly watchdog?: boolean;
  /** Whether a point is taken before dpkg runs, and whether dpkg may run without one; `required` unless set. */
  readonly apt?: 'required' | 'optional' | 'none';
  /** Overwrite files of ours that were edited. */
  readonly force?: boolean;
  /** Only say what would be written. */
  readonly dryRun?: boolean;
}

export interface InstallationPlan {
  readonly host: HostRoot;
  readonly store: string;
  /** Missing where there is none. */
  readonly config?: string;
  readonly files: readonly PlannedFile[];
  readonly warnings: readonly string[];
}

const HOUR_MS = 3_600_000;

/** Throws USAGE, UNSUPPORTED, PATH_NOT_FOUND, and what reading the configuration throws. */
export function planInstallation(options: InstallOptions): InstallationPlan {
  const { timer = true, watchdog = true, everyMs = HOUR_MS, apt = 'required' } = options;
  const host = openHostRoot(options.root);
  const store = storeOf(host, options.store);
  const configured = findConfigured(host, options.config);
  if (timer || watchdog || apt !== 'none') checkConfigured(configured, host);
  const components = (configured?.configuration.components ?? []).flatMap((each) =>
    isFileComponent(each) ? each.paths : [],
  );
  const program = findBootProgram();
  const paths = [...program, store, ...pathOf(configured)];
  for (const path of paths) checkPath(path);
  if (host.isThisHost) checkBootMounts([...paths, ...components]);
  const settings = { program, store, ...(configured && { configuration: configured.path }) };
  const files = [
    ...unitFiles({
      ...{ ...settings, watchdog, mounts: mountsOf(host, paths) },
      componentMounts: mountsOf(host, components),
      ...(timer ? { everyMs } : {}),
    }),
    ...(apt === 'none' || configured === undefined
      ? []
      : aptFiles({ program, store, configuration: configured.path, optional: apt === 'optional' })),
  ];
  const warnings = warningsOf(host, { program, store, configuration: pathOf(configured)[0] });
  return { host, store, ...(configured && { config: configured.path }), files, warnings };
}

function pathOf(configured: Configured | undefined): string[] {
  return configured === undefined ? [] : [configured.path];
}

function storeOf(host: HostRoot, store: string | undefined): string {
  if (host.isThisHost) return findStoreLocation(store);
  return pathInImage(store ?? (process.env['SAVEPOINT_STORE'] || DEFAULT_LOCATION), { of: 'store' });
}

/** Paths and, where those are known, what symbolic links make of them: what is mounted there has to be there. */
function mountsOf({ isThisHost }: HostRoot, paths: readonly string[]): string[] {
  const all = isThisHost ? paths.flatMap((path) => [path, nearestReal(path)]) : paths;
  return [...new Set(all.map(nearestNameable))];
}

/** Mount points have no names that a unit can't hold: what is mounted above does. */
function nearestNameable(path: string): string {
  return isNameable(path) ? path : nearestNameable(dirname(path));
}

function warningsOf(
  host: HostRoot,
  places: {
    readonly program: readonly string[];
    readonly store: string;
    readonly configuration: string | undefined;
  },
): string[] {
  const { program, store, configuration } = places;
  const run = configuration === undefined ? program : [...program, configuration];
  const risks = host.isThisHost
    ? run.flatMap(describeRisks)
    : program
        .filter((path) => isMissing(host, path))
        .map(
          (path) =>
            `There is no ${path} in ${host.directory}, which the units run: see to it that there will be.`,
        );
  const hasStore = !isMissing(host, join(store, 'store.json'));
  return [
    ...risks,
    ...describeTransience(store),
    ...(hasStore ? [] : [`There is no store in ${store} yet: the first save makes it.`]),
  ];
}

/** What a link of an image that leads out of it stands for can't be told. */
function isMissing(host: HostRoot, path: string): boolean {
  try {
    return !existsSync(host.locate(path));
  } catch (error) {
    if (isSavepointError(error, 'TARGET_CONFLICT')) return false;
    throw error;
  }
}
