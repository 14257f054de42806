// Every failure that an operator can meet carries a stable code, the fields that locate it, and its cause.
// Codes are API: they are never renamed. A broken promise of our own is an `assert`, never one of these.

export type ErrorCode =
  | 'USAGE'
  | 'CONFIG_INVALID'
  | 'POINT_NOT_FOUND'
  | 'PATH_NOT_FOUND'
  | 'COMPONENT_NOT_FOUND'
  | 'AMBIGUOUS_NAME'
  | 'INVALID_NAME'
  | 'NAME_TAKEN'
  | 'POINT_PINNED'
  | 'STORE_NOT_FOUND'
  | 'STORE_EXISTS'
  | 'STORE_NEWER'
  | 'STORE_CORRUPT'
  | 'STORE_READ_ONLY'
  | 'STORE_REPAIRED'
  | 'STORAGE_FULL'
  | 'STORAGE_FAILED'
  | 'OBJECT_MISSING'
  | 'OBJECT_CORRUPT'
  | 'BLOCK_CORRUPT'
  | 'PACK_CORRUPT'
  | 'PACK_MISSING'
  | 'INDEX_CORRUPT'
  | 'REF_CORRUPT'
  | 'REF_MOVED'
  | 'LOG_CORRUPT'
  | 'JOURNAL_CORRUPT'
  | 'BUNDLE_CORRUPT'
  | 'BUNDLE_NEWER'
  | 'BUNDLE_MISMATCH'
  | 'BUNDLE_BASE_MISSING'
  | 'REPOSITORY_NOT_FOUND'
  | 'REPOSITORY_CORRUPT'
  | 'TAG_NOT_FOUND'
  | 'REMOTE_UNREACHABLE'
  | 'REMOTE_NOT_FOUND'
  | 'REMOTE_LOGIN_FAILED'
  | 'REMOTE_FAILED'
  | 'REMOTE_REFUSED'
  | 'REMOTE_CONFLICT'
  | 'CODEC_UNSUPPORTED'
  | 'PERMISSION_DENIED'
  | 'TARGET_CONFLICT'
  | 'LOCKED'
  | 'RECOVERY_NEEDED'
  | 'STEP_CONFLICT'
  | 'QUARANTINED'
  | 'UNTRUSTED'
  | 'NOTHING_GUARDED'
  | 'NOTHING_TO_UNDO'
  | 'OPERATION_NOT_FOUND'
  | 'INCOMPLETE'
  | 'ADDRESS_UNAVAILABLE'
  | 'PROGRAM_MISSING'
  | 'PROGRAM_FAILED'
  | 'STATE_UNREADABLE'
  | 'STATE_REFUSED'
  | 'STATE_BUSY'
  | 'VALIDATION_FAILED'
  | 'ADAPTER_MISSING'
  | 'ADAPTER_FAILED'
  | 'ABORTED'
  | 'UNSUPPORTED';

/** What an error is about: plain values, safe to print and to put into JSON. */
export type ErrorFields = Readonly<Record<string, unknown>>;

/** The program and the library each have the class below; errors of adapter modules, which use the library's, count for both. */
const BRAND = Symbol.for('savepoint.error');

/** An operating failure. `message` says what happened to what, and what to do next. */
export class SavepointError extends Error {
  readonly code: ErrorCode;
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, message: string, detail: { fields?: ErrorFields; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'SavepointError';
    this.code = code;
    this.fields = detail.fields ?? {};
  }

  get [BRAND](): true {
    return true;
  }
}

/** Whether `error` is an operating failure with one of `codes` (any code where none is given). */
export function isSavepointError(error: unknown, ...codes: ErrorCode[]): error is SavepointError {
  const isOurs = typeof error === 'object' && error !== null && BRAND in error;
  return isOurs && (codes.length === 0 || codes.includes((error as unknown as SavepointError).code));
}

/** States what must hold by construction; a failure is our own bug and is not caught below the CLI. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`savepoint bug: ${what}`);
}

/** Throws ABORTED where the caller has asked for the work to stop. */
export function checkAborted(
  signal: { readonly aborted: boolean; readonly reason: unknown } | undefined,
): void {
  if (signal?.aborted !== true) return;
  throw new SavepointError('ABORTED', 'The work was stopped; nothing that it began counts.', {
    cause: signal.reason,
  });
}
