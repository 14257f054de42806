// A setting that the kernel shows as a small file: read whole, written by one call, refused with an error number. What can't be
// read because it is not there is `undefined`; anything else is told.
import { accessSync, closeSync, constants, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { SavepointError } from '../../store/errors.js';

/** Where the kernel knows of no value: not there, not for this device, or not set yet. */
const NO_VALUE = ['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO', 'EIO', 'EINVAL', 'EOPNOTSUPP', 'ENODATA', 'ESRCH'];

/** Its text without the last newline; `undefined` where there is no value. Throws STATE_UNREADABLE. */
export function readValue(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\n$/, '');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NO_VALUE.includes(code)) return undefined;
    throw new SavepointError(
      'STATE_UNREADABLE',
      `${file} can't be read: ${errorWords(error)}. Run this as root on the host itself.`,
      { fields: { file }, cause: error },
    );
  }
}

/** Writes it; answers why the kernel did not take it, in words, or `undefined` where it did. */
export function writeValue(file: string, value: string): string | undefined {
  try {
    // Neither made nor written in pieces: each write is a whole value to the kernel.
    const handle = openSync(file, constants.O_WRONLY | constants.O_TRUNC);
    try {
      writeSync(handle, `${value}\n`);
    } finally {
      closeSync(handle);
    }
    return undefined;
  } catch (error) {
    return errorWords(error);
  }
}

/** What the kernel offers, by the mode: root may do anything else. `undefined` where it is not there. */
export function findAccess(file: string): { readonly reads: boolean; readonly writes: boolean } | undefined {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  return mode === undefined ? undefined : { reads: (mode & 0o444) !== 0, writes: (mode & 0o222) !== 0 };
}

/** Why it can't be written here, or `undefined`. One that is not there may yet come. */
export function findWriteObstacle(file: string): string | undefined {
  try {
    accessSync(file, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : errorWords(error);
  }
}

/** Equal for values that mean the same: the kernel writes tabs where others write blanks. */
export function normalizeValue(value: string): string {
  return value
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .join('\n')
    .trim();
}

/** An error of the system as a person says it: `invalid argument (EINVAL)`. Throws any other. */
export function errorWords(error: unknown): string {
  const { errno, code } = error as NodeJS.ErrnoException;
  if (errno === undefined || code === undefined) throw error;
  const words = getSystemErrorMap().get(errno)?.[1];
  return words === undefined ? code : `${words} (${code})`;
}

/** Of several words, the one in brackets, which is the one chosen; any other text as it is. */
export function pickChoice(text: string): string {
  return /(?:^|\s)\[([^\]\s]+)\](?:\s|$)/.exec(text)?.[1] ?? text;
}
