// Turns configured components into what a save captures: of files, one directory each, limited to the paths that were
// configured where they are not all of it.
import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { compareNames } from '../../store/names.js';
import type { ComponentDefinition } from '../components.js';
import { isInside, statPath } from '../composition.js';
import { nearestNames } from '../nearest-names.js';
import { type Configuration, type ConfiguredComponent, isFileComponent } from './configuration.js';

/**
 * The definitions of all components, or of those that `names` has by name or category, in the order of the
 * configuration. `only` has paths relative to `origin`, of more than one name where they lead deeper. Throws
 * COMPONENT_NOT_FOUND, and PATH_NOT_FOUND for a path that does not exist.
 */
export function definitionsOf(
  configuration: Configuration,
  names?: readonly string[],
): ComponentDefinition[] {
  const { components, file } = configuration;
  if (components.length === 0) throw noComponents(file);
  const isMeant = ({ name, category }: ConfiguredComponent) =>
    names === undefined || names.includes(name) || names.includes(category);
  const known = components.flatMap(({ name, category }) => [name, category]);
  const missing = names?.find((name) => !known.includes(name));
  if (missing !== undefined)
    throw unknownComponent(missing, { known: components.map(({ name }) => name), file });
  return components.filter(isMeant).map(definitionOf);
}

function noComponents(file: string): SavepointError {
  return new SavepointError(
    'COMPONENT_NOT_FOUND',
    `${file} has no components. Write some, such as 'components: { etc: { kind: config, paths: [/etc] } }', or name the paths to save.`,
    { fields: { file } },
  );
}

function definitionOf(component: ConfiguredComponent): ComponentDefinition {
  const { name, kind, category, critical, after, onError, validate } = component;
  const role = { kind, category, dependsOn: after, critical, onError, validate };
  if (!isFileComponent(component))
    return { name, origin: '/', oneFileSystem: false, settings: component.settings, role };
  const { exclude, oneFileSystem, swap, neverRevert, reload, checkFormats } = component;
  const paths = [...new Set(component.paths.map((path) => resolve(path)))];
  for (const path of paths) if (statPath(path) === undefined) throw missingPath(name, path);
  return {
    ...{ name, ...locate(paths), oneFileSystem, role: { ...role, swap, neverRevert, reload, checkFormats } },
    ...(exclude.length === 0 ? {} : { exclude }),
  };
}

/** The deepest directory that has all of `paths`, and the paths below it; it alone where it is one of them. */
function locate(paths: readonly string[]): { origin: string; only?: readonly string[] } {
  const directories = paths.filter((path) => statPath(path) === 'directory');
  const outermost = paths.filter(
    (path) => !directories.some((directory) => directory !== path && isInside(path, directory)),
  );
  if (outermost.length === 1 && directories.includes(outermost[0])) return { origin: outermost[0] };
  const origin = outermost.map((path) => dirname(path)).reduce(shareDirectory);
  if (!outermost.every((path) => isWalkedTo(path, origin)))
    return locate([...new Set(outermost.map(straighten))]);
  return { origin, only: outermost.map((path) => relative(origin, path)).sort(compareNames) };
}

/** The deepest directory that both are in, or are. */
function shareDirectory(left: string, right: string): string {
  let shared = left;
  while (!isInside(right, shared)) shared = dirname(shared);
  return shared;
}

/** Whether no symbolic link lies between: a walk from `origin` follows none. */
function isWalkedTo(path: string, origin: string): boolean {
  return realpathSync(dirname(path)) === join(realpathSync(origin), relative(origin, dirname(path)));
}

/** The same file, without symbolic links on the way to it. */
function straighten(path: string): string {
  return join(realpathSync(dirname(path)), basename(path));
}

function unknownComponent(name: string, at: { known: readonly string[]; file: string }): SavepointError {
  const nearest = nearestNames(name, at.known);
  const hint =
    nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}?` : `It has ${at.known.join(', ') || 'none'}.`;
  return new SavepointError('COMPONENT_NOT_FOUND', `There is no component '${name}' in ${at.file}. ${hint}`, {
    fields: { component: name, file: at.file, nearest },
  });
}

function missingPath(component: string, path: string): SavepointError {
  return new SavepointError(
    'PATH_NOT_FOUND',
    `There is no ${path}, which the component '${component}' is configured to hold. Make it, or take it out of the configuration.`,
    { fields: { component, path } },
  );
}
