// The calls that would change something. As on a file system that is mounted read-only, what is wrong with them besides
// is told first: that a file is missing, or there already; else EROFS.
import { createFsError, orInputOutputError } from '../fs-error.js';
import { isDirectory, type PathLookup, pathOf } from './path-lookup.js';

/** The errors that a call ends in. */
export interface Refusals {
  /** Of something that is there. Throws where it is not. */
  ofChange(path: unknown, syscall: string): Error;
  /** Of something that must not be there yet. */
  ofMaking(path: unknown, syscall: string): Error;
  /** Of a file that may be there. */
  ofWriting(path: unknown): Error;
}

export function refusalsOf(lookup: PathLookup): Refusals {
  const readOnly = (path: string, syscall: string) => createFsError('EROFS', { syscall, path });
  const ofMaking = (given: unknown, syscall: string): Error => {
    const path = pathOf(given);
    if (isThere(lookup, path, syscall)) return createFsError('EEXIST', { syscall, path });
    return readOnly(path, syscall);
  };
  const ofChange = (given: unknown, syscall: string): Error => {
    const path = pathOf(given);
    const { entry } = lookup.find(path, { syscall, follow: syscall === 'open' });
    const isUnwritable = syscall === 'open' && isDirectory(entry);
    return isUnwritable ? createFsError('EISDIR', { syscall, path }) : readOnly(path, syscall);
  };
  const ofWriting = (given: unknown): Error => {
    const path = pathOf(given);
    return isThere(lookup, path, 'open') ? ofChange(path, 'open') : readOnly(path, 'open');
  };
  return { ofChange, ofMaking, ofWriting };
}

/** Throws where its directory is missing. */
function isThere(lookup: PathLookup, path: string, syscall: string): boolean {
  const plain = path.replace(/\/+$/, '') || '/';
  const slash = plain.lastIndexOf('/');
  const { entry } = lookup.find(plain.slice(0, slash + 1) || '/', { syscall });
  const name = plain.slice(slash + 1);
  if (name === '' || name === '.' || name === '..') return true;
  return orInputOutputError({ syscall, path }, () => entry.children().get(name)) !== undefined;
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

export function refusedCalls(refusals: Refusals): Readonly<Record<RefusedName, Refused>> {
  const change =
    (syscall: string): Refused =>
    (path) => {
      throw refusals.ofChange(path, syscall);
    };
  const write: Refused = (path) => {
    throw refusals.ofWriting(path);
  };
  return {
    appendFile: write,
    chmod: change('chmod'),
    chown: change('chown'),
    copyFile: (_, target) => write(target),
    link: (_, path) => {
      throw refusals.ofMaking(path, 'link');
    },
    mkdir: (path, options) => makeDirectory(refusals, path, options),
    rename: change('rename'),
    rm: (path, options) => remove(refusals, path, options),
    rmdir: change('rmdir'),
    symlink: (_, path) => {
      throw refusals.ofMaking(path, 'symlink');
    },
    truncate: change('open'),
    unlink: change('unlink'),
    utimes: change('utime'),
    writeFile: write,
  };
}

/** With `recursive` it is fine that there is one. */
function makeDirectory(refusals: Refusals, path: unknown, options: unknown): void {
  const { recursive = false } = (typeof options === 'object' ? (options ?? {}) : {}) as {
    recursive?: boolean;
  };
  const error = refusals.ofMaking(path, 'mkdir');
  if (!recursive || codeOf(error) !== 'EEXIST') throw error;
}

/** With `force` it is fine that there is none. */
function remove(refusals: Refusals, path: unknown, options: unknown): void {
  const { force = false } = (options ?? {}) as { force?: boolean };
  const isGone = force && codeOf(refusals.ofMaking(path, 'rm')) !== 'EEXIST';
  if (!isGone) throw refusals.ofChange(path, 'rm');
}

function codeOf(error: Error): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
