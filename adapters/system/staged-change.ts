// What is going to be in place of what is there now, one path at a time; and putting such changes into a copy of a directory.
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { assert } from '../../store/errors.js';
import { tolerate } from '../backends/storage-error.js';
import { joinPath, nodePath } from '../files/node-path.js';

export interface StagedChange {
  /** Absolute. */
  readonly path: string;
  readonly type: 'file' | 'symlink' | 'directory' | 'removed';
  /** The absolute path of what is going to be there, attributes included; of a directory, of one with its attributes, if any. */
  readonly source?: string;
}

/** Thrown where a change can't be put into the copy, as its parent is no directory there. */
export class UnreachableChange extends Error {}

const NEW_DIRECTORY_MODE = 0o755;

/**
 * Makes the changes, whose paths lie below `root`, in `copy`, which has all that is in `root`. No symbolic link is followed.
 * Extended attributes are left behind.
 */
export function putChanges(
  changes: readonly StagedChange[],
  { root, copy }: { readonly root: string; readonly copy: string },
): void {
  const locate = (path: string) => joinPath(copy, path.slice(root.length + 1));
  const sound = new Set([copy]);
  const [removed, others] = [
    changes.filter(({ type }) => type === 'removed'),
    changes.filter(({ type }) => type !== 'removed'),
  ];
  for (const { path } of removed) {
    if (isReachable(dirname(locate(path)), copy))
      rmSync(nodePath(locate(path)), { recursive: true, force: true });
  }
  // A directory comes before what is in it.
  for (const change of others.sort((left, right) => (left.path < right.path ? -1 : 1))) {
    const target = locate(change.path);
    makeParents(dirname(target), sound);
    put(change, target);
  }
}

function put({ type, source }: StagedChange, target: string): void {
  const found = findStatus(target);
  const at = nodePath(target);
  if (type === 'directory') {
    if (found?.isDirectory() !== true) {
      rmSync(at, { force: true });
      mkdirSync(at, { mode: NEW_DIRECTORY_MODE });
    }
    if (source !== undefined) takeAttributes(source, target);
    return;
  }
  rmSync(at, { recursive: true, force: true });
  assert(source !== undefined, `a staged ${type} has a source`);
  if (type === 'symlink') symlinkSync(readlinkSync(nodePath(source), { encoding: 'buffer' }), at);
  else copyFileSync(nodePath(source), at, constants.COPYFILE_FICLONE);
  takeAttributes(source, target);
}

/** Owner, mode and time, the ones that programs look at. */
export function takeAttributes(source: string, target: string): void {
  const stat = lstatSync(nodePath(source));
  const at = nodePath(target);
  lchownSync(at, stat.uid, stat.gid);
  if (!stat.isSymbolicLink()) chmodSync(at, stat.mode & 0o7777);
  lutimesSync(at, stat.atime, stat.mtime);
}

function makeParents(directory: string, sound: Set<string>): void {
  if (sound.has(directory)) return;
  makeParents(dirname(directory), sound);
  const found = findStatus(directory);
  if (found === undefined) mkdirSync(nodePath(directory), { mode: NEW_DIRECTORY_MODE });
  else if (!found.isDirectory()) throw new UnreachableChange(`${directory} is no directory`);
  sound.add(directory);
}

/** Whether all directories on the way are there, and none is a link. */
function isReachable(directory: string, copy: string): boolean {
  if (directory === copy) return true;
  return isReachable(dirname(directory), copy) && findStatus(directory)?.isDirectory() === true;
}

function findStatus(path: string): Stats | undefined {
  return tolerate(['ENOENT', 'ENOTDIR'], () => lstatSync(nodePath(path)));
}
