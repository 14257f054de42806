// How words are written in systemd's unit files, and in shell scripts, so that each comes out as it went in.
// Source: systemd.service(5) "Command lines", systemd.syntax(7), systemd.unit(5) "Specifiers".

import { SavepointError } from '../../store/errors.js';
import { isWellFormed } from '../../store/names.js';

const PLAIN = /^[A-Za-z0-9_/.:=@+,-]+$/;
/** systemd refuses a program whose path holds one of these, however it is quoted. */
const REFUSED_IN_PROGRAM = /["'\\]/;
const SHELL = '/bin/sh';

/** The value of ExecStart= that runs `words`, the first of which is an absolute path. */
export function commandLine(words: readonly string[]): string {
  const [program, ...rest] = words;
  if (REFUSED_IN_PROGRAM.test(program)) return commandLine([SHELL, '-c', 'exec "$@"', 'sh', ...words]);
  // Variables are replaced in arguments only.
  return [quoteWord(program), ...rest.map((word) => quoteWord(word.replaceAll('$', '$$$$')))].join(' ');
}

/** The words that the value of an ExecStart= has, as `commandLine` writes them. */
export function readCommandLine(value: string): string[] {
  const words = value.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return words.map((word) => {
    const plain = word.startsWith('"') ? word.slice(1, -1).replace(/\\(["\\])/g, '$1') : word;
    return plain.replaceAll('%%', '%').replaceAll('$$', () => '$');
  });
}

/** Paths as RequiresMountsFor= lists them. */
export function pathList(paths: readonly string[]): string {
  return paths.map(quoteWord).join(' ');
}

/** A path as ConditionPathExists= takes it, which knows no quotes. */
export function conditionPath(path: string): string {
  return path.replaceAll('%', '%%');
}

/** A word of a shell script. */
export function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Throws UNSUPPORTED for a path that can't stand in a unit file. */
export function checkPath(path: string): void {
  if (isNameable(path)) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `${path} can't be named in a unit of systemd, as it holds a control character or is not UTF-8: rename it.`,
    { fields: { path } },
  );
}

/** Whether `path` holds neither control characters nor bytes that are not UTF-8. */
export function isNameable(path: string): boolean {
  return isWellFormed(path) && !/\p{Cc}/u.test(path);
}

function quoteWord(word: string): string {
  if (PLAIN.test(word)) return word;
  return `"${word.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}
