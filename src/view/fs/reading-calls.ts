// The calls that look at files by their paths, as node:fs has them in their synchronous form.
import { type BigIntStats, constants, type Dirent, type Stats } from 'node:fs';
import { createFsError, orInputOutputError } from '../fs-error.js';
import type { LazyEntry } from '../lazy-entry.js';
import { argumentError } from './argument-error.js';
import { EntryBigIntStats, EntryDirent, EntryStats, encodedName } from './entry-stats.js';
import { isDirectory, isLink, type PathLookup, pathOf } from './path-lookup.js';

type NameEncoding = BufferEncoding | 'buffer' | null;

interface ListOptions {
  readonly encoding?: NameEncoding;
  readonly withFileTypes?: boolean;
  readonly recursive?: boolean;
}

interface StatOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

/** All throw as Node's own do, and EIO where the store can't give what was asked for. */
export interface ReadingCalls {
  access(path: unknown, mode?: number): void;
  exists(path: unknown): boolean;
  lstat(path: unknown, options?: StatOptions): Stats | BigIntStats | undefined;
  readdir(path: unknown, options?: ListOptions | NameEncoding): (string | Buffer | Dirent<string | Buffer>)[];
  readlink(path: unknown, options?: { encoding?: NameEncoding } | NameEncoding): string | Buffer;
  realpath(path: unknown, options?: { encoding?: NameEncoding } | NameEncoding): string | Buffer;
  stat(path: unknown, options?: StatOptions): Stats | BigIntStats | undefined;
}

export function readingCalls(lookup: PathLookup): ReadingCalls {
  return {
    access: (path, mode = constants.F_OK) => checkAccess(lookup, pathOf(path), mode),
    exists: (path) => exists(lookup, path),
    lstat: (path, options) => stat(lookup, pathOf(path), { ...options, syscall: 'lstat', follow: false }),
    readdir: (path, options) => list(lookup, pathOf(path), listOptionsOf(options)),
    readlink: (path, options) =>
      encodedName(readTarget(lookup, pathOf(path)), listOptionsOf(options).encoding),
    realpath: (path, options) => {
      const { realPath } = lookup.find(pathOf(path), { syscall: 'realpath' });
      return encodedName(realPath, listOptionsOf(options).encoding);
    },
    stat: (path, options) => stat(lookup, pathOf(path), { ...options, syscall: 'stat', follow: true }),
  };
}

/** What `stat` tells of an entry. Throws EIO. */
export function statsOf(
  entry: LazyEntry,
  { bigint = false, syscall }: { readonly bigint?: boolean; readonly syscall: string },
): Stats | BigIntStats {
  return orInputOutputError({ syscall, path: entry.path }, () =>
    bigint ? new EntryBigIntStats(entry) : new EntryStats(entry),
  );
}

function stat(
  lookup: PathLookup,
  path: string,
  { bigint, throwIfNoEntry, syscall, follow }: StatOptions & { syscall: string; follow: boolean },
): Stats | BigIntStats | undefined {
  try {
    const { entry } = lookup.find(path, { syscall, follow });
    return statsOf(entry, bigint === undefined ? { syscall } : { bigint, syscall });
  } catch (error) {
    if (throwIfNoEntry === false && hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Everything may be read, as by root, and nothing be written; to be executed a file needs a bit for it. */
function checkAccess(lookup: PathLookup, path: string, mode: number): void {
  const { entry } = lookup.find(path, { syscall: 'access' });
  if ((mode & constants.W_OK) !== 0) throw createFsError('EROFS', { syscall: 'access', path });
  const isExecutable = isDirectory(entry) || (entry.mode & 0o111) !== 0;
  if ((mode & constants.X_OK) !== 0 && !isExecutable)
    throw createFsError('EACCES', { syscall: 'access', path });
}

const NOT_THERE = [
  ...['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE'],
];

function exists(lookup: PathLookup, path: unknown): boolean {
  try {
    lookup.find(pathOf(path), { syscall: 'access' });
    return true;
  } catch (error) {
    if (hasCode(error, ...NOT_THERE)) return false;
    throw error;
  }
}

function list(
  lookup: PathLookup,
  path: string,
  { encoding, withFileTypes = false, recursive = false }: ListOptions,
): (string | Buffer | Dirent<string | Buffer>)[] {
  const { entry } = lookup.find(path, { syscall: 'scandir' });
  if (!isDirectory(entry)) throw createFsError('ENOTDIR', { syscall: 'scandir', path });
  const found: (string | Buffer | Dirent<string | Buffer>)[] = [];
  const open = [{ entry, prefix: '' }];
  for (const { entry: directory, prefix } of open) {
    orInputOutputError({ syscall: 'scandir', path: directory.path }, () => {
      const children = directory.children();
      for (const name of children.keys()) {
        const child = withFileTypes || recursive ? (children.get(name) as LazyEntry) : directory;
        if (recursive && isDirectory(child)) open.push({ entry: child, prefix: `${prefix}${name}/` });
        if (withFileTypes) {
          const parent = prefix === '' ? path : `${path.replace(/\/$/, '')}/${prefix.slice(0, -1)}`;
          found.push(new EntryDirent(encodedName(name, encoding), parent, child));
        } else found.push(encodedName(prefix + name, encoding));
      }
    });
  }
  return found;
}

function readTarget(lookup: PathLookup, path: string): string {
  const { entry } = lookup.find(path, { syscall: 'readlink', follow: false });
  if (!isLink(entry)) throw createFsError('EINVAL', { syscall: 'readlink', path });
  return orInputOutputError({ syscall: 'readlink', path }, () => entry.target());
}

function listOptionsOf(options: ListOptions | NameEncoding | undefined): ListOptions {
  const all = typeof options === 'string' || options === null ? { encoding: options } : (options ?? {});
  const { encoding } = all;
  if (encoding === undefined || encoding === null || encoding === 'buffer' || Buffer.isEncoding(encoding))
    return all;
  throw argumentError('ERR_INVALID_ARG_VALUE', 'encoding', { expected: 'an encoding', found: encoding });
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
