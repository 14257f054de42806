// Flags whose value is a whole number.
import { usageError } from './command-line-error.js';

/** The whole number that `text` is, which `flag` of `command` was given. Throws USAGE. */
export function wholeNumber(
  text: string,
  { flag, command }: { readonly flag: string; readonly command: string },
): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw usageError(`'${text}' is no whole number, which ${flag} takes.`, { command });
}
