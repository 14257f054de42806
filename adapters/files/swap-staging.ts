// The staging directories of swaps: what is in them, and taking them away. After the exchange one holds the tree that was
// the root: that goes only where the decision knows each file in it, as others may have been at work there.
import { basename, dirname } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import type { FileTime } from '../node/posix-call-contract.js';
import { closeDescriptor, openDirectory } from '../node/posix-directory.js';
import { removeDirectory, removeFile } from '../node/posix-entry.js';
import { ERRNO, isPosixError, posixError } from '../node/posix-error.js';
import { changeMode, setTimes } from '../node/posix-ownership.js';
import { describeTarget, type Place, type Target } from '../node/posix-place.js';
import { readDescriptorStatus, readStatus } from '../node/posix-status.js';
import { syncFileSystem } from '../node/posix-storage.js';
import { inodeAt, type PreparedSwap, type SwapPlace } from './change-record.js';
import { findDisplaced } from './find-displaced.js';
import { listDirectory } from './list-directory.js';
import { joinPath } from './node-path.js';
import { OpenFolders } from './open-folders.js';
import { readMountPoints } from './split-by-mount.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';

/** The tree: the new one before the exchange, the old one after it. */
export const SWAP_TREE = 'tree';
/** Where contents are written before they get their names in the tree. */
export const SWAP_FRESH = 'fresh';

/** The root as a name in the directory that it stands in, whose descriptor is open from here on. */
export function openRootPlace(root: string): Place {
  return { directory: openDirectory(dirname(root)), name: basename(root) };
}

/** The inode of what is at `place`; `undefined` where nothing is. */
export function findInode(place: Place): string | undefined {
  const words = new Int32Array(STATUS_WORDS);
  const errno = readStatus(place, words, 0);
  if (errno === 0) return inodeAt(words, 0);
  if (errno === ERRNO.ENOENT) return undefined;
  throw posixError({ syscall: 'statx', errno, path: describeTarget(place) });
}

/** Gives a directory a time that it had; whoever may only write to it may not. */
export function giveTimeBack(directory: Target, time: FileTime): void {
  try {
    setTimes(directory, time);
  } catch (error) {
    if (!isSavepointError(error, 'PERMISSION_DENIED')) throw error;
  }
}

export interface SwapEnd {
  /** What was decided, if anything was. */
  readonly decided?: PreparedSwap | undefined;
  /** The time that the directory gets in which the root stands: by itself the one before. */
  readonly time?: FileTime | undefined;
}

/**
 * Takes away what was staged beside `root`, or what was exchanged for it. Can be repeated. Leaves all of it where others
 * have put something into it, and what can't be removed.
 */
export function removeSwapStaging(root: string, place: SwapPlace, end: SwapEnd = {}): void {
  let parent: number | undefined;
  try {
    parent = openRootPlace(root).directory;
    const staging = { directory: parent, name: place.staging };
    if (!mayGo(staging, end.decided) || isMountedBelow(joinPath(dirname(root), place.staging))) return;
    removeAll(staging);
    giveTimeBack(parent, end.time ?? place.parentTime);
    syncFileSystem(parent);
  } catch (error) {
    if (!isPosixError(error, 'ENOENT', 'ENOTDIR')) throw error;
  } finally {
    if (parent !== undefined) closeDescriptor(parent);
  }
}

/** Whether nothing is lost with the tree. One that was not exchanged shares all that it has, or has it from the store. */
function mayGo(place: Place, decided: PreparedSwap | undefined): boolean {
  if (decided === undefined || findInode(place) === undefined) return true;
  const staging = openDirectory(place);
  let tree: number | undefined;
  try {
    const inode = findInode({ directory: staging, name: SWAP_TREE });
    if (inode === undefined || inode === decided.inode) return true;
    if (inode !== decided.before) return false;
    tree = openDirectory({ directory: staging, name: SWAP_TREE });
    return findDisplaced(tree, decided).length === 0;
  } finally {
    if (tree !== undefined) closeDescriptor(tree);
    closeDescriptor(staging);
  }
}

/** A mount that came to be in the tree meanwhile went with it. */
function isMountedBelow(path: string): boolean {
  return [...readMountPoints()].some((mount) => mount.startsWith(`${path}/`));
}

/** Any depth: nothing but the list of directories grows with it. Other devices are not entered. */
function removeAll(place: Place): void {
  if (findInode(place) === undefined) return;
  const root = openDirectory(place);
  const folders = new OpenFolders(root);
  const visited: string[] = [];
  try {
    const stack = [''];
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      const directory = path;
      visited.push(directory);
      attempt(() => {
        for (const child of removeFiles(folders, directory)) stack.push(child);
      });
    }
    for (const path of visited.reverse())
      if (path !== '') attempt(() => removeDirectory(folders.placeOf(path)));
  } finally {
    folders.close();
    closeDescriptor(root);
  }
  attempt(() => removeDirectory(place));
}

/** Removes what is in a directory; answers with the directories in it. */
function removeFiles(folders: OpenFolders, path: string): string[] {
  const directory = folders.descriptorOf(path);
  const status = new Int32Array(STATUS_WORDS);
  readDescriptorStatus(directory, status, 0);
  if (process.geteuid?.() !== 0) changeMode(directory, 0o700);
  const { names, words } = listDirectory(directory, () => true);
  const found: string[] = [];
  for (const [index, name] of names.entries()) {
    const at = index * STATUS_WORDS;
    if (fileType(words[at + WORD.mode]) !== 'directory') attempt(() => removeFile({ directory, name }));
    else if (words[at + WORD.device] === status[WORD.device])
      found.push(path === '' ? name : `${path}/${name}`);
  }
  return found;
}

/** Something that can't go must not keep an operation that is over from ending. */
function attempt(removal: () => void): void {
  try {
    removal();
  } catch (error) {
    if (!isPosixError(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM', 'EACCES', 'EROFS'))
      throw error;
  }
}
