// The calls that change names in a volume, with the outcomes and errors that they have on Linux. memfs's own follow a
// symbolic link that is renamed or removed, replace directories that are not empty, and lose count of hard links.
import { constants } from 'node:os';
import { basename, resolve } from 'node:path/posix';
import { createFsError, type FsErrorCode } from '../fs-error.js';
import { tellChange } from './change-event.js';
import type { Core, CoreLink } from './core-classes.js';
import { checkName, linkTo } from './lazy-link.js';

export type NameCalls = Pick<Core, 'rename' | 'link' | 'unlink' | 'rmdir' | 'rm' | 'mkdirp'> & {
  symlink(target: string, path: string): void;
};

/** `plain` are memfs's own. */
export function nameCalls(core: Core, plain: Pick<NameCalls, 'symlink'>): NameCalls {
  return {
    symlink: (target, path) => {
      plain.symlink(target, path);
    },
    rename: (from, to) => rename(core, from, to),
    link: (existing, path) => link(core, existing, path),
    unlink: (path) => unlink(core, path),
    rmdir: (path, recursive = false) => rmdir(core, path, recursive),
    rm: (path, force = false, recursive = false) => rm(core, path, { force, recursive }),
    mkdirp: (path, mode) => mkdirp(core, path, mode),
  };
}

/** Where a call with two paths finds what it needs; what it throws names both. */
function withBoth<T>(places: { syscall: string; path: string; dest: string }, find: () => T): T {
  try {
    return find();
  } catch (error) {
    const { code, cause } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw createFsError(code as FsErrorCode, { ...places, cause });
  }
}

function rename(core: Core, path: string, dest: string): void {
  const places = { syscall: 'rename', path, dest };
  const fail = (code: FsErrorCode) => createFsError(code, places);
  const { moved, directory, name, target } = withBoth(places, () => {
    // In the kernel's order, on which the error depends: both directories, then what is in them.
    core.getLinkParentAsDirOrThrow(path, 'rename');
    const directory = core.getLinkParentAsDirOrThrow(dest, 'rename');
    const name = nameOf(dest);
    if (nameOf(path) === '' || name === '') throw fail('EBUSY');
    const moved = core.getLinkOrThrow(path, 'rename');
    checkName(name, dest);
    return { moved, directory, name, target: directory.getChild(name) };
  });
  if (isWithin(directory, moved)) throw fail('EINVAL');
  if (target !== undefined && isWithin(moved.parent as CoreLink, target)) throw fail('ENOTEMPTY');
  if (target !== undefined) {
    // Two names of one file: the call is done, and does nothing.
    if (target.getNode() === moved.getNode()) return;
    const isDirectory = moved.getNode().isDirectory();
    if (target.getNode().isDirectory()) {
      if (!isDirectory) throw fail('EISDIR');
      if (!isEmpty(target)) throw fail('ENOTEMPTY');
    } else if (isDirectory) throw fail('ENOTDIR');
    drop(core, target);
  }
  const oldSteps = moved.steps;
  moved.parent?.deleteChild(moved);
  moved.name = name;
  directory.setChild(name, moved);
  moved.getNode().ctime = new Date();
  tellChange(core, 'moved', { link: moved, oldSteps });
}

function link(core: Core, path: string, dest: string): void {
  const places = { syscall: 'link', path, dest };
  const { node, directory } = withBoth(places, () => ({
    node: core.getLinkOrThrow(path, 'link').getNode(),
    directory: core.getLinkParentAsDirOrThrow(dest, 'link'),
  }));
  const name = nameOf(dest);
  if (name === '' || directory.getChild(name) !== undefined) throw createFsError('EEXIST', places);
  if (node.isDirectory()) throw createFsError('EPERM', places);
  checkName(name, dest);
  node.nlink++;
  const added = directory.setChild(name, linkTo(node, { core, parent: directory, name }));
  tellChange(core, 'created', { link: added });
}

function unlink(core: Core, path: string): void {
  const found = core.getLinkOrThrow(path, 'unlink');
  if (found.getNode().isDirectory()) throw createFsError('EISDIR', { syscall: 'unlink', path });
  remove(core, found);
}

function rmdir(core: Core, path: string, recursive: boolean): void {
  const found = core.getLinkAsDirOrThrow(path, 'rmdir');
  if (found.parent === undefined) throw createFsError('EBUSY', { syscall: 'rmdir', path });
  if (!recursive && !isEmpty(found)) throw createFsError('ENOTEMPTY', { syscall: 'rmdir', path });
  remove(core, found);
}

function rm(core: Core, path: string, { force, recursive }: { force: boolean; recursive: boolean }): void {
  let found: CoreLink;
  try {
    found = core.getLinkOrThrow(path, 'rm');
  } catch (error) {
    if (force && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (found.getNode().isDirectory() && !recursive) {
    const error = createFsError('EISDIR', { syscall: 'rm', path });
    // Thrown by Node itself, which gives it the number without its sign.
    const { EISDIR } = constants.errno;
    throw Object.assign(error, { code: 'ERR_FS_EISDIR', name: 'SystemError', errno: EISDIR });
  }
  if (found.parent === undefined) throw createFsError('EBUSY', { syscall: 'rm', path });
  remove(core, found);
}

function mkdirp(core: Core, path: string, mode: number): string | undefined {
  const steps = resolve('/', path)
    .split('/')
    .filter((step) => step !== '');
  let depth = steps.length;
  let found: CoreLink | null = null;
  for (; found === null; depth--) found = findDirectory(core, steps.slice(0, depth), path);
  depth++;
  if (!found.getNode().isDirectory())
    throw createFsError(depth === steps.length ? 'EEXIST' : 'ENOTDIR', { syscall: 'mkdir', path });
  // A symbolic link that leads nowhere stays what it is.
  if (found.getChild(steps[depth]) !== undefined)
    throw createFsError(depth === steps.length - 1 ? 'EEXIST' : 'ENOTDIR', { syscall: 'mkdir', path });
  for (let at = depth; at < steps.length; at++) {
    const made: CoreLink = found.createChild(steps[at], core.createNode(0o040000 | mode));
    tellChange(core, 'created', { link: made });
    found = made;
  }
  return depth === steps.length ? undefined : `/${steps.slice(0, depth + 1).join('/')}`;
}

function findDirectory(core: Core, steps: string[], path: string): CoreLink | null {
  const found = core.walk(steps, true, false, false, 'mkdir');
  if (found.ok) return found.value;
  throw createFsError(found.err.code as FsErrorCode, { syscall: 'mkdir', path });
}

/** Takes a name away, with all that is below it. Watchers hear of what is below first. */
function remove(core: Core, link: CoreLink): void {
  for (const [name, child] of [...link.children]) {
    if (child !== undefined && name !== '.' && name !== '..') remove(core, child);
  }
  tellChange(core, 'deleted', { link });
  drop(core, link);
}

function drop(core: Core, link: CoreLink): void {
  const node = link.getNode();
  core.deleteLink(link);
  // A directory has no name but this one; what its count has besides are the names of itself that are in it.
  if (!node.isDirectory()) node.nlink--;
  if (node.isDirectory() || node.nlink <= 0) core.deleteNode(node);
}

/** Whether `link` is `ancestor` or below it. */
function isWithin(link: CoreLink, ancestor: CoreLink): boolean {
  for (let at: CoreLink | undefined = link; at !== undefined; at = at.parent)
    if (at === ancestor) return true;
  return false;
}

function isEmpty(directory: CoreLink): boolean {
  for (const name of directory.children.keys()) if (name !== '.' && name !== '..') return false;
  return true;
}

/** The last name of a path; empty for the root. */
function nameOf(path: string): string {
  return basename(resolve('/', path));
}
