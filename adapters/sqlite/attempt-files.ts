// The names of the files that an attempt makes beside a database: told from everybody else's, and each found again by the
// attempt and the database's path alone.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isErrno } from './errno.js';

/** Of files that belong to this program and to no component. */
export const OWN_PREFIX = '.savepoint-';

export function attemptFiles(attempt: string, target: string) {
  const base = join(dirname(target), `${attemptPrefix(attempt)}${digest(basename(target))}`);
  return {
    /** What is made ready. */
    staged: `${base}.new`,
    /** What was there before. */
    aside: `${base}.old`,
    /** The same, with something in it that is in no point: it stays for people. */
    kept: `${base}.kept`,
    /** What is not finished. */
    part: `${base}.part`,
    /** What is only looked at. */
    look: `${base}.look`,
  };
}

/** All that an attempt makes in a directory begins with it. */
export function attemptPrefix(attempt: string): string {
  return `${OWN_PREFIX}${digest(attempt)}-`;
}

/** What an attempt has put aside; `undefined` where it has not exchanged anything. */
export function findAside(attempt: string, target: string): string | undefined {
  const { aside, kept } = attemptFiles(attempt, target);
  return [aside, kept].find((path) => existsSync(path));
}

/** Files of other attempts for the same database that are not over. */
export function foreignFiles(target: string, attempts: readonly string[]): string[] {
  const own = attempts.map(attemptPrefix);
  const marked = new RegExp(`-${digest(basename(target))}\\.(new|old|part)`);
  return namesIn(dirname(target)).filter(
    (name) =>
      name.startsWith(OWN_PREFIX) && marked.test(name) && !own.some((prefix) => name.startsWith(prefix)),
  );
}

export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

const MOST_LINKS = 40;

/** The file that a path leads to, be it there or not: beside it is where SQLite has its own files. */
export function targetOf(path: string): string {
  let target = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const directory = existsSync(dirname(target)) ? realpathSync(dirname(target)) : dirname(target);
    target = join(directory, basename(target));
    const status = lstatSync(target, { throwIfNoEntry: false });
    if (status?.isSymbolicLink() !== true) return target;
    target = resolve(directory, readlinkSync(target));
  }
  return target;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
