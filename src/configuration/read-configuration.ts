// Reads the configuration file, wherever it is.
import { readFileSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import type { Configuration } from './configuration.js';
import { findConfiguration } from './find-configuration.js';
import { parseConfiguration } from './parse-configuration.js';

/**
 * The configuration in `file`, or in the file that `findConfiguration` finds; `undefined` where there is none. Throws
 * CONFIG_INVALID, UNSUPPORTED, PATH_NOT_FOUND, and PERMISSION_DENIED where the file can't be read.
 */
export function readConfiguration(file?: string): Configuration | undefined {
  const path = findConfiguration(file);
  return path === undefined ? undefined : parseConfiguration(readText(path), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isDenied = code === 'EACCES' || code === 'EPERM';
    throw new SavepointError(
      isDenied ? 'PERMISSION_DENIED' : 'STORAGE_FAILED',
      `The configuration ${path} can't be read (${code}): ${isDenied ? 'repeat as root, or as a user who may' : "see the system's log"}.`,
      { fields: { path, errno: code }, cause },
    );
  }
}
