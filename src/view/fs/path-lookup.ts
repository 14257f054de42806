// Finds files of a tree by their paths, as Linux does (path_resolution(7)): symbolic links are followed where they stand
// in the way, '..' goes up from where they led, and nothing leads out of the tree: its root is '/', for links as well.
import { constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeName, encodeName } from '../../../store/names.js';
import { createFsError, type FsErrorPlace, orInputOutputError } from '../fs-error.js';
import type { LazyEntry } from '../lazy-entry.js';
import { argumentError } from './argument-error.js';

const MOST_LINKS = 40;
const LONGEST_NAME_BYTES = 255;

export interface LookupCall {
  /** For messages. */
  readonly syscall: string;
  /** Whether a symbolic link is followed at the very end, too; yes unless `false`. */
  readonly follow?: boolean;
  /** What messages name in place of the path. */
  readonly shown?: Pick<FsErrorPlace, 'path' | 'dest'>;
}

export interface FoundEntry {
  readonly entry: LazyEntry;
  /** Absolute, without links, '.' and '..'. */
  readonly realPath: string;
}

interface Walk {
  /** The entries on the way, the root first; `names` are those below it. */
  readonly entries: LazyEntry[];
  readonly names: string[];
  links: number;
  /** For messages. */
  readonly place: FsErrorPlace;
}

export class PathLookup {
  constructor(private readonly root: LazyEntry) {}

  /**
   * The file at `path`; what is not absolute is taken from the root. Throws ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG as
   * Node does, and EIO where the store can't tell.
   */
  find(path: string, { syscall, follow = true, shown }: LookupCall): FoundEntry {
    const place = shown === undefined ? { syscall, path } : { syscall, ...shown };
    const walk: Walk = { entries: [this.root], names: [], links: 0, place };
    orInputOutputError(place, () => step(walk, path, follow));
    return { entry: walk.entries[walk.entries.length - 1], realPath: `/${walk.names.join('/')}` };
  }
}

function step(walk: Walk, path: string, follow: boolean): void {
  if (path === '') throw createFsError('ENOENT', walk.place);
  if (path.startsWith('/')) {
    walk.entries.length = 1;
    walk.names.length = 0;
  }
  const names = path.split('/');
  for (let at = 0; at < names.length; at++) {
    const name = names[at];
    const current = walk.entries[walk.entries.length - 1];
    if (!isDirectory(current)) throw createFsError('ENOTDIR', walk.place);
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (walk.entries.length > 1) walk.entries.pop();
      walk.names.pop();
      continue;
    }
    const child = current.children().get(name);
    if (child === undefined) throw createFsError(isTooLong(name) ? 'ENAMETOOLONG' : 'ENOENT', walk.place);
    if (isLink(child) && (follow || at < names.length - 1)) {
      if (++walk.links > MOST_LINKS) throw createFsError('ELOOP', walk.place);
      step(walk, child.target(), true);
    } else {
      walk.entries.push(child);
      walk.names.push(name);
    }
  }
}

export function isDirectory({ mode }: Pick<LazyEntry, 'mode'>): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFDIR;
}

export function isLink({ mode }: Pick<LazyEntry, 'mode'>): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFLNK;
}

function isTooLong(name: string): boolean {
  return name.length * 3 > LONGEST_NAME_BYTES && encodeName(name).length > LONGEST_NAME_BYTES;
}

/** The path that an argument spells; bytes that are not UTF-8 are lone surrogates in it. Throws as Node does. */
export function pathOf(path: unknown): string {
  const text =
    path instanceof Uint8Array ? decodeName(path) : path instanceof URL ? fileURLToPath(path) : path;
  if (typeof text !== 'string') {
    const expected = 'a string, a Buffer or a URL';
    throw argumentError('ERR_INVALID_ARG_TYPE', 'path', { expected, found: path });
  }
  if (!text.includes('\0')) return text;
  throw argumentError('ERR_INVALID_ARG_VALUE', 'path', { expected: 'without null bytes', found: text });
}
