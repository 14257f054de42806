// The calls that would change something. As on a file system that is mounted read-only, what is wrong with them besides
// is told first: that a directory is missing, or that a name is taken; else EROFS.
import { createFsError, type FsErrorPlace, orInputOutputError } from '../fs-error.js';
import { isDirectory, type PathLookup, pathOf } from './path-lookup.js';

/** How `open` fails that is to write. */
export interface OpenRefusals {
  /** A file that has to be there. */
  existing(path: unknown): never;
  /** A file that may be there. */
  any(path: unknown): never;
  /** A file that must not be there yet. */
  missing(path: unknown): never;
}

export function openRefusals(lookup: PathLookup): OpenRefusals {
  const existing = (given: unknown): never => {
    const path = pathOf(given);
    const { entry } = lookup.find(path, { syscall: 'open' });
    throw createFsError(isDirectory(entry) ? 'EISDIR' : 'EROFS', { syscall: 'open', path });
  };
  return {
    existing,
    any(given) {
      const path = pathOf(given);
      const place = { syscall: 'open', path };
      if (isThere(lookup, path, place)) existing(path);
      throw createFsError('EROFS', place);
    },
    missing(given) {
      const path = pathOf(given);
      throw refuseNew(lookup, path, { syscall: 'open', path });
    },
  };
}

type Refused = (...given: readonly unknown[]) => void;

export type RefusedName =
  | 'appendFile'
  | 'chmod'
  | 'chown'
  | 'copyFile'
  | 'link'
  | 'mkdir'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'symlink'
  | 'truncate'
  | 'unlink'
  | 'utimes'
  | 'writeFile';

export function refusedCalls(lookup: PathLookup, open: OpenRefusals): Readonly<Record<RefusedName, Refused>> {
  /** Looks at the file first. */
  const ofFile =
    (syscall: string): Refused =>
    (given) => {
      const path = pathOf(given);
      lookup.find(path, { syscall });
      throw createFsError('EROFS', { syscall, path });
    };
  /** Looks at the directory alone. */
  const ofName =
    (syscall: string): Refused =>
    (given) => {
      const path = pathOf(given);
      isThere(lookup, path, { syscall, path });
      throw createFsError('EROFS', { syscall, path });
    };
  return {
    appendFile: open.any,
    chmod: ofFile('chmod'),
    chown: ofFile('chown'),
    copyFile: (from, to) => refuseCopy(lookup, pathOf(from), pathOf(to)),
    link: (from, to) => refuseLink(lookup, pathOf(from), pathOf(to)),
    mkdir: (given, options) => refuseDirectory(lookup, pathOf(given), isSet(options, 'recursive')),
    rename: (from, to) => refuseRename(lookup, pathOf(from), pathOf(to)),
    rm: (given, options) => refuseRemoval(lookup, pathOf(given), isSet(options, 'force')),
    rmdir: ofName('rmdir'),
    symlink: (target, given) => {
      const place = { syscall: 'symlink', path: pathOf(target), dest: pathOf(given) };
      throw refuseNew(lookup, place.dest, place);
    },
    truncate: open.existing,
    unlink: ofName('unlink'),
    utimes: ofFile('utime'),
    writeFile: open.any,
  };
}

function refuseCopy(lookup: PathLookup, path: string, dest: string): never {
  const place = { syscall: 'copyfile', path, dest };
  lookup.find(path, { syscall: place.syscall, shown: place });
  const isOnDirectory =
    isThere(lookup, dest, place) &&
    isDirectory(lookup.find(dest, { syscall: place.syscall, shown: place }).entry);
  throw createFsError(isOnDirectory ? 'EISDIR' : 'EROFS', place);
}

function refuseLink(lookup: PathLookup, path: string, dest: string): never {
  const place = { syscall: 'link', path, dest };
  lookup.find(path, { syscall: place.syscall, follow: false, shown: place });
  throw refuseNew(lookup, dest, place);
}

function refuseRename(lookup: PathLookup, path: string, dest: string): never {
  const place = { syscall: 'rename', path, dest };
  isThere(lookup, path, place);
  isThere(lookup, dest, place);
  throw createFsError('EROFS', place);
}

/** With `recursive` it is fine that there is one. */
function refuseDirectory(lookup: PathLookup, path: string, recursive: boolean): void {
  const place = { syscall: 'mkdir', path };
  if (recursive && isThere(lookup, path, place) && isDirectory(lookup.find(path, place).entry)) return;
  throw refuseNew(lookup, path, place);
}

/** With `force` it is fine that there is none. */
function refuseRemoval(lookup: PathLookup, path: string, force: boolean): void {
  const place = { syscall: 'rm', path };
  if (force && !isThere(lookup, path, place)) return;
  lookup.find(path, { ...place, follow: false });
  throw createFsError('EROFS', place);
}

/** The error that making something new ends in. Throws where its directory is missing. */
function refuseNew(lookup: PathLookup, path: string, place: FsErrorPlace): Error {
  return createFsError(isThere(lookup, path, place) ? 'EEXIST' : 'EROFS', place);
}

/** Throws where its directory is missing. */
function isThere(lookup: PathLookup, path: string, place: FsErrorPlace): boolean {
  const plain = path.replace(/\/+$/, '') || path.slice(0, 1);
  const slash = plain.lastIndexOf('/');
  const name = plain.slice(slash + 1);
  const directory = slash < 0 ? (plain === '' ? '' : '/') : plain.slice(0, slash + 1);
  const { entry } = lookup.find(directory, { syscall: place.syscall, shown: place });
  if (name === '' || name === '.' || name === '..') return true;
  return orInputOutputError(place, () => entry.children().get(name)) !== undefined;
}

function isSet(options: unknown, name: string): boolean {
  return (
    typeof options === 'object' && options !== null && (options as Record<string, unknown>)[name] === true
  );
}
