// Which directories have to be exchanged for changed copies so that all of some changes are seen in place: the smallest ones, one
// mount at a time, and never the root of everything.
import { lstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isWellFormed } from '../../store/names.js';
import { findRealPath, isInside, joinPath, nodePath } from '../files/node-path.js';
import { readMountPoints } from '../files/split-by-mount.js';
import type { StagedChange } from './staged-change.js';

export interface StagedRoot {
  /** A directory that is there and stays; without symbolic links, and plain UTF-8. */
  readonly root: string;
  /** With paths below it, without symbolic links on the way. */
  readonly changes: readonly StagedChange[];
  /** What is mounted below it and still seen afterwards, the outermost ones, relative to it. */
  readonly mounts: readonly string[];
}

/** From the outside in; `undefined` where there are none such. */
export function planStagedRoots(changes: readonly StagedChange[]): StagedRoot[] | undefined {
  const places = new Places(changes);
  const groups = new Map<string, StagedChange[]>();
  for (const change of changes) {
    const path = places.locate(change.path);
    const parent = dirname(path);
    const mount = places.mountOf(parent);
    // Of the root's own mount, each directory at the top stands for itself.
    const [, top] = parent.split('/');
    if (mount === '/' && top === '') return undefined;
    const key = mount === '/' ? `/${top}` : mount;
    groups.set(key, [...(groups.get(key) ?? []), { ...change, path }]);
  }
  const roots: StagedRoot[] = [];
  for (const [top, members] of groups) {
    const root = places.commonDirectory(members, top);
    if (root === undefined) return undefined;
    const mounts = places.mountsBelow(root, members);
    if (!mounts.every(isWellFormed)) return undefined;
    roots.push({ root, changes: members, mounts });
  }
  return roots.sort((left, right) => (left.root < right.root ? -1 : 1));
}

class Places {
  private readonly mountPoints = readMountPoints();
  private readonly changed: ReadonlyMap<string, StagedChange['type']>;
  private readonly located = new Map<string, string>([['/', '/']]);

  constructor(changes: readonly StagedChange[]) {
    this.changed = new Map(changes.map(({ path, type }) => [path, type]));
  }

  /** `path` without links on its way; those that are going to be directories are taken for such. */
  locate(path: string): string {
    return joinPath(this.locateDirectory(dirname(path)), basename(path));
  }

  mountOf(directory: string): string {
    let at = directory;
    while (at !== '/' && !this.mountPoints.has(at)) at = dirname(at);
    return at;
  }

  /** The innermost directory that all changes lie below, not above `top`. */
  commonDirectory(changes: readonly StagedChange[], top: string): string | undefined {
    const parents = changes.map(({ path }) => dirname(path));
    let root = parents.reduce(commonPath);
    while (root !== top && !(this.stays(root) && isWellFormed(root))) root = dirname(root);
    return this.stays(root) && isWellFormed(root) ? root : undefined;
  }

  mountsBelow(root: string, changes: readonly StagedChange[]): string[] {
    const replaced = changes.filter(({ type }) => type !== 'directory').map(({ path }) => path);
    const below = [...this.mountPoints].filter(
      (point) => isBelow(point, root) && !replaced.some((path) => point === path || isBelow(point, path)),
    );
    return below
      .filter((point) => !below.some((other) => isBelow(point, other)))
      .map((point) => point.slice(root.length + 1));
  }

  private locateDirectory(path: string): string {
    const known = this.located.get(path);
    if (known !== undefined) return known;
    const plain = joinPath(this.locateDirectory(dirname(path)), basename(path));
    const leads = this.changed.get(path) === 'directory' ? undefined : findRealPath(path);
    const located = leads ?? plain;
    this.located.set(path, located);
    return located;
  }

  /** Whether it is a directory now, and will be the same one. */
  private stays(directory: string): boolean {
    const type = this.changed.get(directory);
    if (type !== undefined && type !== 'directory') return false;
    const stat = lstatSync(nodePath(directory), { throwIfNoEntry: false });
    return stat?.isDirectory() === true;
  }
}

function commonPath(left: string, right: string): string {
  const [names, others] = [left.split('/'), right.split('/')];
  let count = 0;
  while (count < names.length && names[count] === others[count]) count++;
  return names.slice(0, count).join('/') || '/';
}

function isBelow(path: string, directory: string): boolean {
  return path !== directory && isInside(path, directory);
}
