// What a prepared change is going to put in place, path by path, as a view of it needs to know.
import { lstatSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StagedChange } from '../system/staged-change.js';
import type { PreparedChange, PreparedSwap } from './change-record.js';
import { joinPath, nodePath, pathOfBytes } from './node-path.js';
import { SWAP_TREE } from './swap-staging.js';

/** Of a change below `root` whose contents are staged. Attributes of files that stay are no part of it. */
export function listStaged(root: string, change: PreparedChange): StagedChange[] {
  const mount = joinPath(root, change.mount);
  const staging = joinPath(mount, change.staging);
  const sources = new Map<string, string>();
  const listed: StagedChange[] = [];
  for (const step of change.steps) {
    const path = joinPath(mount, step.path);
    if (step.do === 'put') {
      const source = joinPath(staging, step.staged);
      sources.set(step.path, source);
      listed.push(...listBelow(path, source));
    } else if (step.do === 'remove') listed.push({ path, type: 'removed' });
    else if (step.do === 'link') {
      const source = sources.get(step.to) ?? joinPath(mount, step.to);
      if (typeOf(source) === 'file') listed.push({ path, type: 'file', source });
    }
  }
  return listed;
}

/** Of a tree that is going to be exchanged for `root`. */
export function listStagedSwap(root: string, swap: PreparedSwap): StagedChange[] {
  const tree = joinPath(joinPath(dirname(root), swap.staging), SWAP_TREE);
  return swap.steps.map(({ path }): StagedChange => {
    const source = joinPath(tree, path);
    const type = typeOf(source);
    return type === undefined
      ? { path: joinPath(root, path), type: 'removed' }
      : { path: joinPath(root, path), type, source };
  });
}

/** A new directory is staged with all that is in it. */
function listBelow(path: string, source: string): StagedChange[] {
  const type = typeOf(source);
  if (type === undefined) return [];
  const self: StagedChange = { path, type, source };
  if (type !== 'directory') return [self];
  const names = readdirSync(nodePath(source), { encoding: 'buffer' }).map(pathOfBytes);
  return [self, ...names.flatMap((name) => listBelow(joinPath(path, name), joinPath(source, name)))];
}

/** `undefined` for what no program reads as configuration, too: devices and the like. */
function typeOf(path: string): 'file' | 'symlink' | 'directory' | undefined {
  const status = lstatSync(nodePath(path), { throwIfNoEntry: false });
  if (status?.isFile() === true) return 'file';
  if (status?.isSymbolicLink() === true) return 'symlink';
  return status?.isDirectory() === true ? 'directory' : undefined;
}
