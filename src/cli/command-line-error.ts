// What the command line itself finds wrong. A class of its own, so that saying so does not load the library.

export class CommandLineError extends Error {
  constructor(
    readonly code: 'USAGE' | 'UNSUPPORTED' | 'STORAGE_FAILED' | 'ABORTED',
    message: string,
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'CommandLineError';
  }
}

/** An error of usage; the reader is told where to look. */
export function usageError(
  message: string,
  detail: { readonly command?: string | undefined; readonly nearest?: string | undefined } = {},
): CommandLineError {
  const { command, nearest } = detail;
  const hint = nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
  const help = command === undefined ? "'savepoint help'" : `'savepoint help ${command}'`;
  return new CommandLineError('USAGE', `${message}${hint} ${help} shows what there is.`, {
    ...(command === undefined ? {} : { command }),
    ...(nearest === undefined ? {} : { nearest }),
  });
}
