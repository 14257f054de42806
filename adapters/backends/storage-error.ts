// Turns what the operating system answers into coded failures that say what to do next.
// Errors that are no system errors (our own bugs, failures that are coded already) pass through unchanged.
import { type ErrorCode, SavepointError } from '../../store/errors.js';

export interface StorageAttempt {
  readonly doing: 'read' | 'written' | 'listed' | 'removed';
  /** The file or folder, as an operator would look for it. */
  readonly path: string;
  /** The place that has to have room and be writable. */
  readonly location: string;
}

/** The system's code ('ENOENT') of `error`; `undefined` where it is no system error. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** That there is no such file: none at all, a folder, or a path through a file. */
export const ABSENT: readonly string[] = ['ENOENT', 'ENOTDIR', 'EISDIR'];

/** Whether `error` says that there is no such file. */
export function saysAbsent(error: unknown): boolean {
  return ABSENT.includes(systemCode(error) ?? '');
}

/** What `look` answers; `undefined` where the system refuses it with one of `codes`. */
export function tolerate<T>(codes: readonly string[], look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (codes.includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** What to throw for `error`: STORAGE_FULL, STORE_READ_ONLY or STORAGE_FAILED, caused by it. */
export function toStorageError(error: unknown, attempt: StorageAttempt): unknown {
  const system = systemCode(error);
  if (system === undefined) return error;
  const { code, advice } = explain(system, attempt);
  return new SavepointError(code, `'${attempt.path}' could not be ${attempt.doing} (${system}): ${advice}.`, {
    fields: { path: attempt.path, location: attempt.location, system },
    cause: error,
  });
}

/** For a name whose file differs from one that is just as immutable: one of the two is damaged. */
export function describeClash(name: string, path: string): SavepointError {
  return new SavepointError(
    'STORE_CORRUPT',
    `'${path}' is there already, with other content than it has to have: run 'savepoint verify --repair'.`,
    { fields: { name, path } },
  );
}

function explain(system: string, { doing, location }: StorageAttempt): { code: ErrorCode; advice: string } {
  const changes = doing === 'written' || doing === 'removed';
  switch (system) {
    case 'ENOSPC':
      return { code: 'STORAGE_FULL', advice: `no room is left in '${location}'; free some there and repeat` };
    case 'EDQUOT':
      return { code: 'STORAGE_FULL', advice: `the quota is used up; free space in '${location}' and repeat` };
    case 'EROFS':
      return { code: 'STORE_READ_ONLY', advice: `remount '${location}' writable and repeat` };
    case 'EACCES':
    case 'EPERM':
      if (changes) return { code: 'STORE_READ_ONLY', advice: `repeat as the owner of '${location}'` };
      return { code: 'STORAGE_FAILED', advice: `repeat as the owner of '${location}'` };
    case 'EXDEV':
      return { code: 'STORAGE_FAILED', advice: `keep all of '${location}' on one file system and repeat` };
    case 'EMFILE':
    case 'ENFILE':
      return { code: 'STORAGE_FAILED', advice: `too many files are open; raise 'ulimit -n' and repeat` };
    default:
      return { code: 'STORAGE_FAILED', advice: `check the disk and the mount of '${location}' and repeat` };
  }
}
