// What an installation consists of, as a value: the files, the units, and what an operator should know. Nothing is written.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { Configuration } from '../configuration/configuration.js';
import { readConfiguration } from '../configuration/read-configuration.js';
import { DEFAULT_LOCATION, findStoreLocation } from '../session.js';
import { aptFiles } from './apt-hook.js';
import { checkBootMounts, nearestReal } from './boot-mounts.js';
import { findBootProgram } from './boot-program.js';
import { describeRisks, describeTransience } from './boot-risks.js';
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
const MACHINE_CONFIGURATION = '/etc/savepoint.yaml';

/** Throws USAGE, UNSUPPORTED, PATH_NOT_FOUND, and what reading the configuration throws. */
export function planInstallation(options: InstallOptions): InstallationPlan {
  const { timer = true, watchdog = true, everyMs = HOUR_MS, apt = 'required' } = options;
  const host = openHostRoot(options.root);
  const store = storeOf(host, options.store);
  const configured = configurationOf(host, options.config);
  if (timer || watchdog || apt !== 'none') checkConfigured(configured, host);
  const components = (configured?.configuration.components ?? []).flatMap(({ paths }) => paths);
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

interface Configured {
  /** In the root. */
  readonly path: string;
  readonly configuration: Configuration;
}

function pathOf(configured: Configured | undefined): string[] {
  return configured === undefined ? [] : [configured.path];
}

function storeOf(host: HostRoot, store: string | undefined): string {
  if (host.isThisHost) return findStoreLocation(store);
  const named = store ?? (process.env['SAVEPOINT_STORE'] || DEFAULT_LOCATION);
  checkAbsolute(named, 'store');
  return findStoreLocation(named);
}

function configurationOf(host: HostRoot, config: string | undefined): Configured | undefined {
  if (host.isThisHost) {
    const configuration = readConfiguration(config);
    if (configuration === undefined) return undefined;
    checkLasting(configuration.file);
    return { path: configuration.file, configuration };
  }
  const named = config ?? (process.env['SAVEPOINT_CONFIG'] || undefined);
  const path = named ?? MACHINE_CONFIGURATION;
  checkAbsolute(path, 'configuration');
  const located = host.locate(path);
  if (named === undefined && !existsSync(located)) return undefined;
  const configuration = readConfiguration(located);
  if (configuration === undefined) return undefined;
  checkLasting(located);
  checkInside(located, host);
  return { path, configuration };
}

function checkAbsolute(path: string, what: string): void {
  if (isAbsolute(path)) return;
  throw new SavepointError('USAGE', `'${path}' has to be the absolute path of the ${what} in the image.`, {
    fields: { path },
  });
}

/** A pipe can be read once, and not at boot. */
function checkLasting(path: string): void {
  if (statSync(path).isFile() && !/^\/(proc|dev\/fd)\//.test(path)) return;
  throw new SavepointError(
    'USAGE',
    `${path} is no file that will be there at boot: name the configuration by a file that stays.`,
    { fields: { path } },
  );
}

/** What this host has under the path that a link of the image leads to is not what the image will have there. */
function checkInside(located: string, { directory }: HostRoot): void {
  if (realpathSync(located).startsWith(`${realpathSync(directory)}/`)) return;
  throw new SavepointError(
    'PATH_NOT_FOUND',
    `${located} is a symbolic link that leads out of ${directory}: put the configuration itself into the image.`,
    { fields: { path: located } },
  );
}

function checkConfigured(configured: Configured | undefined, { directory }: HostRoot): void {
  const where =
    directory === '/' ? 'There is no savepoint.yaml' : `There is no ${MACHINE_CONFIGURATION} in ${directory}`;
  const without = 'or install recovery at boot alone: --no-timer --no-watchdog --no-apt.';
  if (configured === undefined) {
    throw new SavepointError(
      'USAGE',
      `${where}, by which the timer, the watchdog and the hook of apt work. Write one, name one with --config, ${without}`,
    );
  }
  if (configured.configuration.components.length > 0) return;
  throw new SavepointError(
    'USAGE',
    `${configured.path} defines no components, so there is nothing to save: add some, ${without}`,
    { fields: { path: configured.path } },
  );
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
    : program.filter((path) => !existsSync(host.locate(path))).map(absence);
  const isThere = existsSync(join(host.locate(store), 'store.json'));
  return [
    ...risks,
    ...describeTransience(store),
    ...(isThere ? [] : [`There is no store in ${store} yet: the first save makes it.`]),
  ];

  function absence(path: string): string {
    return `There is no ${path} in ${host.directory}, which the units run: see to it that there will be.`;
  }
}
