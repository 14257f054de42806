// What the system says of files when it refuses something, by its code.
import { type ErrorCode, SavepointError } from '../../store/errors.js';

export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code !== undefined && codes.includes(code);
}

interface Meaning {
  readonly numbers: readonly string[];
  readonly code: ErrorCode;
  readonly text: (path: string) => string;
}

const MEANINGS: readonly Meaning[] = [
  {
    numbers: ['EACCES', 'EPERM', 'EROFS'],
    code: 'PERMISSION_DENIED',
    text: (path) =>
      `this user may not read or change ${path} and its directory: run it as root or as the owner, and see whether the file system can be written to.`,
  },
  {
    numbers: ['ENOSPC', 'EDQUOT'],
    code: 'STORAGE_FULL',
    text: (path) => `there is too little space for ${path}: free some, and repeat.`,
  },
  {
    numbers: ['ENOENT', 'ENOTDIR', 'ESTALE'],
    code: 'STATE_BUSY',
    text: (path) => `somebody takes away or renames files at ${path}: repeat when nobody does.`,
  },
  {
    numbers: ['EIO'],
    code: 'STORAGE_FAILED',
    text: (path) => `the disk of ${path} does not read or write: see to it first.`,
  },
];

/** What `work` answers; throws PERMISSION_DENIED, STORAGE_FULL and the like for what the system refuses of `path`. */
export async function withFile<T>(path: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(path, error);
  }
}

/** The same for work that waits for nothing. */
export function atFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(path, error);
  }
}

function fileError(path: string, error: unknown): unknown {
  const meaning = MEANINGS.find(({ numbers }) => isErrno(error, ...numbers));
  if (meaning === undefined) return error;
  return new SavepointError(meaning.code, meaning.text(path), { fields: { path }, cause: error });
}
