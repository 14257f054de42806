// Says what went wrong: one line on stderr, or a JSON document on stdout; a bug comes with its stack.
import type { ErrorCode } from '../index.js';
import { CommandLineError } from './command-line-error.js';
import type { Output } from './output.js';

/** The code of an operating failure, or BUG for anything else. */
export type FailureCode = ErrorCode | 'BUG';

interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: string | undefined;
}

/** Answers the code by which the failure is known. */
export async function reportError(output: Output, error: unknown): Promise<FailureCode> {
  const { code, message, fields, cause } = await describe(error);
  if (output.json && !output.isBroken)
    output.record({ error: { ...fields, ...(cause === undefined ? {} : { cause }), code, message } });
  else output.problem(`savepoint: ${message}${cause === undefined ? '' : ` (${cause})`}`);
  return code;
}

async function describe(error: unknown): Promise<Failure> {
  if (error instanceof CommandLineError) return { ...pick(error), cause: undefined };
  const { isSavepointError } = await import('../index.js');
  if (isSavepointError(error)) return { ...pick(error), cause: systemCause(error) };
  if ((error as { syscall?: unknown }).syscall === 'uv_cwd') {
    const message = 'The current directory is no longer there; change to another one.';
    return { code: 'USAGE', message, fields: {}, cause: undefined };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'BUG', message: `bug, please report it: ${stack}`, fields: {}, cause: undefined };
}

function pick<T extends { code: FailureCode; message: string; fields: Failure['fields'] }>(error: T) {
  const { code, message, fields } = error;
  return { code, message, fields };
}

/** What the system said, where that is the cause and the message does not say it yet. */
function systemCause(error: Error): string | undefined {
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    const isSystem = typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
    if (isSystem)
      return error.message.includes(code) || error.message.includes(cause.message)
        ? undefined
        : cause.message;
  }
  return undefined;
}
