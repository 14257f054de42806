// The configuration that an installation goes by: a file that will be there at boot, on this host or in an image.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { Configuration } from '../configuration/configuration.js';
import { readConfiguration } from '../configuration/read-configuration.js';
import type { HostRoot } from './host-root.js';

export interface Configured {
  /** In the root. */
  readonly path: string;
  readonly configuration: Configuration;
}

const MACHINE_CONFIGURATION = '/etc/savepoint.yaml';

/** `undefined` where there is none. Throws USAGE, PATH_NOT_FOUND, and what reading it throws. */
export function findConfigured(host: HostRoot, config: string | undefined): Configured | undefined {
  if (host.isThisHost) {
    const configuration = readConfiguration(config);
    if (configuration === undefined) return undefined;
    checkLasting(configuration.file);
    return { path: configuration.file, configuration };
  }
  const named = config ?? (process.env['SAVEPOINT_CONFIG'] || undefined);
  const path = pathInImage(named ?? MACHINE_CONFIGURATION, { of: 'configuration' });
  const located = host.locate(path);
  if (named === undefined && !existsSync(located)) return undefined;
  const configuration = readConfiguration(located);
  if (configuration === undefined) return undefined;
  checkLasting(located);
  checkInside(located, host);
  return { path, configuration };
}

/** Throws USAGE where there is nothing to save by. */
export function checkConfigured(configured: Configured | undefined, { directory }: HostRoot): void {
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

/** Throws USAGE where `path` is relative: an image has no working directory. */
export function pathInImage(path: string, named: { readonly of: string }): string {
  if (isAbsolute(path)) return resolve(path);
  throw new SavepointError(
    'USAGE',
    `'${path}' has to be the absolute path of the ${named.of} in the image.`,
    {
      fields: { path },
    },
  );
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
