// Finds the configuration file: the one that is named, the nearest one upwards, or that of the machine.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SavepointError } from '../../store/errors.js';

const NEARBY_NAME = 'savepoint.yaml';
const DEFAULT_FILE = '/etc/savepoint.yaml';

/**
 * The absolute path of `option`, else of $SAVEPOINT_CONFIG, else of the nearest savepoint.yaml from the working directory
 * upwards, else of /etc/savepoint.yaml; `undefined` where there is none of them. Throws PATH_NOT_FOUND where the one that
 * was named is not there.
 */
export function findConfiguration(option?: string): string | undefined {
  if (option !== undefined) return findNamed(option, '--config');
  const variable = process.env['SAVEPOINT_CONFIG'];
  if (variable !== undefined && variable !== '') return findNamed(variable, '$SAVEPOINT_CONFIG');
  for (let directory = process.cwd(); ; directory = dirname(directory)) {
    const nearby = join(directory, NEARBY_NAME);
    if (isFile(nearby)) return nearby;
    if (directory === dirname(directory)) return isFile(DEFAULT_FILE) ? DEFAULT_FILE : undefined;
  }
}

function findNamed(name: string, by: string): string {
  if (name === '') {
    throw new SavepointError(
      'USAGE',
      `The configuration that ${by} names has an empty name; name a file, or leave it out.`,
    );
  }
  const path = resolve(name);
  if (isFile(path)) return path;
  throw new SavepointError(
    'PATH_NOT_FOUND',
    `There is no file ${path} within reach, which ${by} names as the configuration. Correct the name, or leave it out.`,
    { fields: { path } },
  );
}

/** Of any sort but a directory: a pipe may be named too. */
function isFile(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory();
}
