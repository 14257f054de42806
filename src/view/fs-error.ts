// Errors as Node's own file system throws them: with a code, a number, the call, and the path. What went wrong below,
// in the store, stands in their cause.
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { isSavepointError } from '../../store/errors.js';

export type FsErrorCode = keyof typeof constants.errno;

export interface FsErrorPlace {
  /** The system call that Node would have named. */
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
  readonly cause?: unknown;
}

export function createFsError(code: FsErrorCode, place: FsErrorPlace): NodeJS.ErrnoException {
  const { syscall, path, dest, cause } = place;
  const errno = -constants.errno[code];
  const text = getSystemErrorMap().get(errno)?.[1] ?? 'unknown error';
  const where = (path === undefined ? '' : ` '${path}'`) + (dest === undefined ? '' : ` -> '${dest}'`);
  const error = new Error(
    `${code}: ${text}, ${syscall}${where}`,
    cause === undefined ? undefined : { cause },
  );
  return Object.assign(error, {
    ...{ errno, code, syscall },
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest }),
  });
}

/** What `read` gives. Where the store can't give it, that is EIO, as it is on a damaged disk. */
export function orInputOutputError<T>(place: FsErrorPlace, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    throw createFsError('EIO', { ...place, cause: error });
  }
}
