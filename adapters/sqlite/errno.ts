// What the system says of files when it refuses something, by its code.
import { SavepointError } from '../../store/errors.js';

export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code !== undefined && codes.includes(code);
}

/** What `work` answers; throws PERMISSION_DENIED, STORAGE_FULL and the like for what the system refuses of `path`. */
export async function withFile<T>(path: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM', 'EROFS'))
      throw new SavepointError(
        'PERMISSION_DENIED',
        `this user may not read or change ${path} and its directory (${error.code}): run it as root or as the owner, and see whether the file system can be written to.`,
        { fields: { path }, cause: error },
      );
    if (isErrno(error, 'ENOSPC', 'EDQUOT'))
      throw new SavepointError(
        'STORAGE_FULL',
        `there is too little space for ${path}: free some, and repeat.`,
        {
          fields: { path },
          cause: error,
        },
      );
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ESTALE'))
      throw new SavepointError(
        'STATE_BUSY',
        `somebody takes away or renames files at ${path} (${error.code}): repeat when nobody does.`,
        { fields: { path }, cause: error },
      );
    if (isErrno(error, 'EIO'))
      throw new SavepointError(
        'STORAGE_FAILED',
        `the disk of ${path} does not read or write: see to it first.`,
        {
          fields: { path },
          cause: error,
        },
      );
    throw error;
  }
}
