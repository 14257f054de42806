// A directory that a file system is to be mounted on: it has to be there, and empty. What is left there of a mount whose process
// was killed is taken away.
import { readdirSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { FUSE_TYPE, readMountTable, unmountFuse } from '../composition.js';

/** Its real path. Throws PATH_NOT_FOUND, TARGET_CONFLICT and PERMISSION_DENIED. */
export function prepareMountPoint(named: string): string {
  const directory = resolve(named);
  try {
    return requireEmpty(directory);
  } catch (error) {
    if (codeOf(error) !== 'ENOTCONN' || !isOurs(directory)) throw mountPointError(directory, error);
  }
  unmountFuse(directory, 'by-force');
  try {
    return requireEmpty(directory);
  } catch (error) {
    throw mountPointError(directory, error);
  }
}

/** Whether the mount on top at `directory` is one of ours. */
export function isOurs(directory: string): boolean {
  const mounts = readMountTable().filter(({ point }) => point === directory);
  return mounts.at(-1)?.type === FUSE_TYPE;
}

function requireEmpty(directory: string): string {
  const real = realpathSync(directory);
  if (readdirSync(real).length === 0) return real;
  throw new SavepointError(
    'TARGET_CONFLICT',
    isOurs(real)
      ? `A point is mounted on ${directory} already: unmount it with 'savepoint umount ${directory}', or name another directory.`
      : `${directory} is not empty, and a mount would hide what is in it: name an empty directory.`,
    { fields: { path: directory } },
  );
}

function mountPointError(directory: string, error: unknown): unknown {
  const fields = { path: directory };
  switch (codeOf(error)) {
    case 'ENOENT':
      return new SavepointError('PATH_NOT_FOUND', `There is no directory ${directory}: make it first.`, {
        fields,
        cause: error,
      });
    case 'ENOTDIR':
      return new SavepointError('TARGET_CONFLICT', `${directory} is not a directory: name an empty one.`, {
        fields,
        cause: error,
      });
    case 'ENOTCONN':
      return new SavepointError(
        'TARGET_CONFLICT',
        `Something that is mounted on ${directory} does not answer any more, and is not savepoint's: unmount it first.`,
        { fields, cause: error },
      );
    case 'EACCES':
    case 'EPERM':
      return new SavepointError('PERMISSION_DENIED', `${directory} can't be looked into: repeat as root.`, {
        fields,
        cause: error,
      });
    default:
      return error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
