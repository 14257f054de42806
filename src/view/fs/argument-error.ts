// Errors for arguments that Node's own file system would refuse: with its codes.

export type ArgumentErrorCode = 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE';

export function argumentError(
  code: ArgumentErrorCode,
  name: string,
  { expected, found }: { readonly expected: string; readonly found: unknown },
): Error {
  const shown = typeof found === 'string' ? JSON.stringify(found) : String(found);
  const text = `The argument '${name}' must be ${expected}. Received ${shown} (${typeof found}).`;
  const error = code === 'ERR_OUT_OF_RANGE' ? new RangeError(text) : new TypeError(text);
  return Object.assign(error, { code });
}
