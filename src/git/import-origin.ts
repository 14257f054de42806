// Where the files of a repository belong on this host, and what their component is called.
import { basename, resolve } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { cleanName } from '../components.js';
import type { GitRepository } from '../composition.js';

export interface ImportPlace {
  readonly component: string;
  /** An absolute path: where a restore in place puts the files. */
  readonly origin: string;
}

/** Throws INVALID_NAME. */
export function originOf(
  { gitDirectory, workTree }: Pick<GitRepository, 'gitDirectory' | 'workTree'>,
  options: { readonly component?: string; readonly origin?: string },
): ImportPlace {
  const beside = gitDirectory.replace(/\.git$/, '');
  // The directory of a bare repository is no place for the files of its tags.
  const files =
    workTree ?? (beside === gitDirectory || beside.endsWith('/') ? `${gitDirectory}-files` : beside);
  const name = workTree ?? beside;
  return {
    component: options.component === undefined ? cleanName(basename(name)) : checkedName(options.component),
    origin: options.origin === undefined ? files : resolve(options.origin),
  };
}

function checkedName(name: string): string {
  if (/^(?!savepoint\.json$)[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new SavepointError(
    'INVALID_NAME',
    `'${name}' can't name a component: choose letters, digits, '.', '_' and '-', with a letter, a digit or '_' first.`,
    { fields: { name } },
  );
}
