// Paths as git writes them into patches: quoted like C strings where they hold anything but plain ASCII.
// Source: quote_c_style in git's quote.c, with core.quotePath as it is by default.
import { encodeName } from '../store/names.js';

const ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/**
 * `path`, quoted where it has to be: git leaves blanks alone, which GNU patch takes for the end of a name where no line of a
 * hunk's header says otherwise, and loses at the end of a line. With `blanks` they are a reason to quote, too; git takes either.
 */
export function quoteGitPath(
  path: string,
  { blanks }: { readonly blanks: boolean } = { blanks: false },
): string {
  const isPlain = /^[ !#-[\]-~]*$/.test(path) && !path.endsWith(' ') && !(blanks && path.includes(' '));
  if (isPlain) return path;
  let quoted = '';
  for (const byte of encodeName(path)) quoted += ESCAPES[byte] ?? plainOrOctal(byte);
  return `"${quoted}"`;
}

function plainOrOctal(byte: number): string {
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  return `\\${byte.toString(8).padStart(3, '0')}`;
}
