// What a failed POSIX call becomes: a coded error that names the call, the path and the errno.
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { type ErrorCode, SavepointError } from '../../store/errors.js';

export interface FailedCall {
  readonly syscall: string;
  readonly errno: number;
  /** The path, or what else an operator knows the file by. */
  readonly path: string;
}

export const ERRNO = constants.errno;

/** Several names share a number; these are the ones that the manual pages use. */
const PREFERRED: Readonly<Record<number, string>> = { [ERRNO.EAGAIN]: 'EAGAIN', [ERRNO.ENOTSUP]: 'ENOTSUP' };

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'PERMISSION_DENIED',
  ENOSPC: 'STORAGE_FULL',
  EDQUOT: 'STORAGE_FULL',
  ENOSYS: 'UNSUPPORTED',
  ENOTSUP: 'UNSUPPORTED',
  EEXIST: 'TARGET_CONFLICT',
  ENOTEMPTY: 'TARGET_CONFLICT',
  ENOTDIR: 'TARGET_CONFLICT',
  EISDIR: 'TARGET_CONFLICT',
  ELOOP: 'TARGET_CONFLICT',
};

const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  PERMISSION_DENIED: 'repeat as root, or as a user who may',
  STORAGE_FULL: 'free space there and repeat',
  UNSUPPORTED: 'this kernel or file system can not do that',
  TARGET_CONFLICT: 'something else stands in its way',
};

/** 'ENOENT' for 2; 'errno 1234' for a number that this system has no name for. */
export function errnoName(errno: number): string {
  const name = PREFERRED[errno] ?? Object.entries(ERRNO).find(([, value]) => value === errno)?.[0];
  return name ?? getSystemErrorMap().get(-errno)?.[0] ?? `errno ${errno}`;
}

/** The error for a call that failed: PERMISSION_DENIED, STORAGE_FULL, TARGET_CONFLICT, UNSUPPORTED, else STORAGE_FAILED. */
export function posixError({ syscall, errno, path }: FailedCall): SavepointError {
  const name = errnoName(errno);
  const code = CODES[name] ?? 'STORAGE_FAILED';
  const advice = ADVICE[code] ?? getSystemErrorMap().get(-errno)?.[1] ?? 'see the manual page of the call';
  return new SavepointError(code, `${syscall} failed on '${path}' (${name}): ${advice}.`, {
    fields: { path, errno: name, syscall },
  });
}

/** Whether `error` is a failed POSIX call with one of the errnos `names` ('ENOENT', …). */
export function isPosixError(error: unknown, ...names: string[]): error is SavepointError {
  return error instanceof SavepointError && names.includes(error.fields['errno'] as string);
}

/** Whether `error` says that this kernel, file system or machine has no such call, or no such way to make it. */
export function saysUnsupported(error: unknown): boolean {
  return isPosixError(error, 'EINVAL', 'ENOSYS', 'ENOTSUP');
}

/** The errno of an error that node:fs threw; any other error is thrown on. */
export function errnoOf(error: unknown): number {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') return -error.errno;
  throw error;
}
