// Turns the paths of `save PATH…` into components: one for each directory, named after it; a file becomes part of a
// component rooted at its directory and limited to the files that were named.
import { basename, dirname, resolve } from 'node:path';
import { SavepointError } from '../store/errors.js';
import { isInside, type JsonObject, statPath } from './composition.js';
import type { ComponentCategory } from './point-record.js';

/** What to capture: a component before its state is known. */
export interface ComponentDefinition {
  readonly name: string;
  /** An absolute path, without a trailing slash. */
  readonly origin: string;
  /** Paths relative to `origin` to which the component is limited; all where this is missing. */
  readonly only?: readonly string[];
  /** Whether these are single files: of a directory among them only its attributes are meant, and not what is in it. */
  readonly exact?: true;
  readonly exclude?: readonly string[];
  readonly oneFileSystem: boolean;
  /** What its state adapter goes by; a component of files has none. */
  readonly settings?: JsonObject;
  /** What a configuration says besides; a component of plain files where this is missing. */
  readonly role?: ComponentRole;
}

/** What a component is to the others. */
export interface ComponentRole {
  readonly kind: string;
  readonly category: ComponentCategory;
  readonly dependsOn: readonly string[];
  readonly critical: boolean;
  readonly onError?: 'abort' | 'continue' | undefined;
  readonly validate?: readonly string[] | undefined;
  readonly swap?: boolean | undefined;
  readonly neverRevert?: readonly string[] | undefined;
  readonly reload?: readonly string[] | undefined;
  readonly checkFormats?: boolean | undefined;
}

/** Throws PATH_NOT_FOUND for a path that does not exist. A path inside another one adds nothing. */
export function componentsOfPaths(
  paths: readonly string[],
  options: { exclude?: readonly string[]; oneFileSystem?: boolean } = {},
): ComponentDefinition[] {
  const directories = new Set<string>();
  const files = new Map<string, Set<string>>();
  for (const path of paths) {
    const absolute = resolve(path);
    const type = statPath(absolute);
    if (type === undefined) {
      throw new SavepointError('PATH_NOT_FOUND', `There is no ${absolute}; nothing was saved.`, {
        fields: { path: absolute },
      });
    }
    if (type === 'directory') directories.add(absolute);
    else files.set(dirname(absolute), (files.get(dirname(absolute)) ?? new Set()).add(basename(absolute)));
  }
  const definitions: { origin: string; only?: readonly string[] }[] = [];
  for (const origin of directories) {
    if (![...directories].some((other) => other !== origin && isInside(origin, other)))
      definitions.push({ origin });
  }
  for (const [origin, names] of files) {
    if (![...directories].some((other) => isInside(origin, other)))
      definitions.push({ origin, only: [...names].sort() });
  }
  const names = new Set<string>();
  return definitions.map(({ origin, only }) => ({
    name: uniqueName(only === undefined ? origin : `${origin}/${only[0]}`, names),
    origin,
    ...(only === undefined ? {} : { only }),
    ...(options.exclude === undefined || options.exclude.length === 0 ? {} : { exclude: options.exclude }),
    oneFileSystem: options.oneFileSystem ?? false,
  }));
}

/** The last part of the path where that is enough to tell components apart, else the whole path with dashes. */
function uniqueName(path: string, taken: Set<string>): string {
  const short = cleanName(basename(path));
  const long = cleanName(path.slice(1).replaceAll('/', '-'));
  let name = taken.has(short) ? long : short;
  for (let number = 2; taken.has(name); number++) name = `${long}-${number}`;
  taken.add(name);
  return name;
}

/** `text` as the name of a component. */
export function cleanName(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9._-]/g, '_')
      .replace(/^[.-]+/, '')
      .slice(0, 100) || 'root'
  );
}
